"""Another way in than the face: it must be there before a face is enrolled, at the same doors."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.text_lists import joined
from doors.admission import doors_open_to
from doors.models import Card, FaceTemplate, Token
from estate.door_abilities import abilities_of
from estate.models import Door, DoorDevice
from people.models import Person
from people.periods import on_day, today

FACE = "face"
#: What counts as another way in.
OTHERS = ("card", "qr", "pin")
_SHOWN = 3


def active_means(person: Person) -> set[str]:
    """Return by which other means a person may pass doors today."""
    found = set(_tokens(person).values_list("means", flat=True))
    return found | {"card"} if _cards(person).exists() else found


def is_last_beside_face(person: Person, credential: Card | Token) -> bool:
    """Whether a person would have only the face left without this credential."""
    if not FaceTemplate.objects.filter(person=person).exists():
        return False
    cards, tokens = _cards(person), _tokens(person)
    others = [
        cards.exclude(pk=credential.pk) if isinstance(credential, Card) else cards,
        tokens if isinstance(credential, Card) else tokens.exclude(pk=credential.pk),
    ]
    own = cards if isinstance(credential, Card) else tokens
    is_way_in = own.filter(pk=credential.pk).exists()
    return is_way_in and not any(rows.exists() for rows in others)


def require_other_means(person: Person) -> None:
    """Validate that a person has another way in at each of the doors.

    Raises:
        Rejection: there is none at all, or none at a door.
    """
    active = active_means(person)
    if not active:
        raise Rejection(
            "person",
            "no_other_means",
            _("a card, a code or a PIN has to open the doors as well"),
            _("get one of them first; nobody has to use the face"),
        )
    without = [door.name for door, means in _means_at(person) if not means & active]
    if without:
        shown = {"doors": joined(without[:_SHOWN])}
        raise Rejection(
            "person",
            "no_other_means_at_door",
            _("your face would be the only way to open: %(doors)s") % shown,
            _("get a card, a code or a PIN for it first"),
            params=shown,
        )


def doors_by_face(person: Person) -> list[Door]:
    """Return the doors open to a person at which a device recognises faces."""
    return [door for door, means in _means_at(person) if FACE in means]


def takes_photos(person: Person) -> bool:
    """Whether a terminal with an engine of its own is at a door that is open to the person."""
    doors = [door for door in doors_by_face(person) if door.decides_itself]
    return bool(doors)


def _cards(person: Person) -> QuerySet[Card]:
    day = today(person.site)
    return Card.objects.filter(on_day(day), person=person, state=Card.State.ACTIVE)


def _tokens(person: Person) -> QuerySet[Token]:
    rows = Token.objects.filter(on_day(today(person.site)), person=person, means__in=OTHERS)
    return rows.filter(state=Token.State.ACTIVE, locked_at=None)


def _means_at(person: Person) -> list[tuple[Door, set[str]]]:
    """Return the doors open to a person that have devices, with the means that these take."""
    doors = {door.pk: door for door in doors_open_to(person, clock.now())}
    means: dict[int, set[str]] = {}
    served = DoorDevice.objects.filter(door__in=doors).select_related("device")
    for each in served:
        means.setdefault(each.door_id, set()).update(abilities_of(each.device).means)
    return [(doors[pk], found) for pk, found in sorted(means.items())]
