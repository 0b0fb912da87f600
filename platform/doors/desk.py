"""What a guard at the desk asks about a person: may they come in here now, and what opens it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from core import clock
from core.models import Site
from doors import decisions, reading, selectors
from doors.context import IN, DoorContext, Shown
from doors.labels import means_label, reason_label
from doors.models import Card, Token
from estate.models import Door
from people.models import Person
from people.selectors import find_people, running

MOST_FOUND = 8


@dataclass(frozen=True)
class Verdict:
    """Whether a person may come in at a door now.

    Attributes:
        why: the reason, in the reader's language.
    """

    door: Door
    opens: bool
    why: str


@dataclass(frozen=True)
class Held:
    """A credential of a person, as a guard sees it: never its number or code but for a card.

    Attributes:
        opens: whether it opens doors at all.
    """

    name: str
    state: str
    opens: bool


def found(site: Site, text: str) -> list[Person]:
    """Return the people whom a text names: by name, unit, plate, phone or card number."""
    by_card = selectors.with_number(site, text).exclude(person=None).values("person")
    people = list(find_people(site, text)[:MOST_FOUND])
    known = {person.pk for person in people}
    rows = Person.objects.filter(pk__in=by_card, erased_at=None).exclude(pk__in=known)
    rows = rows.prefetch_related(running(site))
    return [*rows.order_by("name", "pk"), *people][:MOST_FOUND]


@transaction.atomic
def verdict(person: Person, door: Door) -> Verdict:
    """Decide as if the person showed a valid credential at the door now; nothing is recorded."""
    facts = reading.door_of_key(door.pk, IN)
    shown = Shown(Token.Means.PHONE.value, person.pk)
    context = DoorContext(at=clock.now(), means=shown.means, door=facts, shown=shown)
    reading.complete(context)
    made = decisions.make(context)
    return Verdict(door, made.opens, reason_label(made.rule, made.result.facts or {}))


def credentials_of(person: Person) -> Sequence[Held]:
    """Return what a person has that opens doors, or has opened them."""
    cards = selectors.cards_of(person).filter(state__in=Card.IN_USE)
    tokens = selectors.tokens_of(person).filter(state__in=Token.IN_USE)
    held = [(f"{means_label('card')} {card}", card) for card in cards]
    return [
        Held(name, str(each.get_state_display()), each.state == Card.State.ACTIVE)
        for name, each in [*held, *((str(means_label(token.means)), token) for token in tokens)]
    ]
