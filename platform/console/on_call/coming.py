"""The coming weeks of a rota as its page shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.functional import cached_property

from core.models import Site, User
from incidents.escalation import rota as rules
from incidents.escalation.responders import rota_of
from incidents.escalation.rota import Rota, Span
from incidents.models import RotaLayer

WEEKS = (4, 8, 12)
_SHOWN_GAPS = 5
_SWAPPED_AHEAD = timedelta(weeks=12)


@dataclass(frozen=True)
class Person:
    """Who is on call in a layer; the name is empty where there is no one."""

    layer: RotaLayer
    name: str
    is_replaced: bool


@dataclass(frozen=True)
class Row:
    """A time in which the same people are on call."""

    begins_at: datetime
    ends_at: datetime
    people: list[Person]
    is_gap: bool
    is_now: bool

    @property
    def query(self) -> str:
        """The time as the form of a cover takes it from its address."""
        begins, ends = self.begins_at.isoformat(), self.ends_at.isoformat()
        return urlencode({"begins_at": begins, "ends_at": ends})


@dataclass(frozen=True)
class Turn:
    """A turn that can be swapped: who has it, and when."""

    label: str
    taken: tuple[User, datetime, datetime]


class Coming:
    """A site's rota from now on, with names."""

    def __init__(self, site: Site, rota: Rota, since: datetime, until: datetime) -> None:
        self.site, self.rota, self.since = site, rota, since
        self.layers = list(RotaLayer.objects.filter(site=site))
        self.spans = rules.spans(rota, since, until) if rota.layers else []

    @cached_property
    def names(self) -> dict[int, str]:
        """The names of all people of the rota."""
        keys = {member for layer in self.rota.layers for member in layer.members}
        keys |= {person for span in self.spans for person in span.people if person}
        return {user.pk: user.display_name for user in User.objects.filter(pk__in=keys)}

    @property
    def rows(self) -> list[Row]:
        """The times in order; the first one is now."""
        return [self._row(span) for span in self.spans]

    @property
    def now(self) -> list[Person]:
        """Who is on call now, one person of each layer."""
        return self.rows[0].people if self.spans else []

    @property
    def gaps(self) -> list[Span]:
        """The first times at which no one is on call."""
        return [span for span in self.spans if span.is_gap][:_SHOWN_GAPS]

    @property
    def gone(self) -> list[str]:
        """The names of people in the rota who have left, or may no longer see incidents."""
        return sorted(self.names[key] for key in self.rota.gone if key in self.names)

    def _row(self, span: Span) -> Row:
        people = [
            Person(layer, self.names.get(person or 0, ""), self._is_replaced(number, span))
            for number, (layer, person) in enumerate(zip(self.layers, span.people, strict=True))
        ]
        is_now = span.begins_at <= self.since
        return Row(span.begins_at, span.ends_at, people, span.is_gap, is_now)

    def _is_replaced(self, number: int, span: Span) -> bool:
        layer = self.rota.layers[number]
        plain = Rota(self.rota.zone, (layer,))
        return span.people[number] != rules.person_of(plain, layer, span.begins_at)


def coming_weeks(site: Site, now: datetime, weeks: int) -> Coming:
    """Return the rota of so many weeks from now on."""
    return Coming(site, rota_of(site, now), now, now + timedelta(weeks=weeks))


def turns_of(site: Site, layer: RotaLayer, now: datetime) -> dict[str, Turn]:
    """Return the coming turns of a layer by a key, for a choice of two."""
    rota = rota_of(site, now)
    own = tuple(each for each in rota.layers if each.key == layer.pk)
    one = Rota(rota.zone, own, rota.covers, rota.absences, rota.gone)
    spans = rules.spans(one, now, now + _SWAPPED_AHEAD)
    people = User.objects.in_bulk([span.people[0] for span in spans if span.people[0]])
    return {
        f"{int(span.begins_at.timestamp())}-{user.pk}": Turn(
            _turn_label(user, span), (user, span.begins_at, span.ends_at)
        )
        for span in spans
        if (user := people.get(span.people[0] or 0))
    }


def _turn_label(user: User, span: Span) -> str:
    begins, ends = (
        f"{timezone.localtime(at):%m-%d %H:%M}" for at in (span.begins_at, span.ends_at)
    )
    return f"{user.display_name}: {begins} – {ends}"
