"""Who is on call when: turns of rotations, and what replaces them. Without clock and database.

Each layer of a rota is a rotation whose turns begin at the same local time, every so many days. A
cover replaces the person of a layer for a time. Whoever is absent is replaced in all layers, by
the substitute if there is one, else by the next person of the rotation who is there.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.jobs.local_time import LocalTime
from incidents.rules.profile import TimeProfile


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation.

    Attributes:
        key: identifies it.
        members: keys of people in the order of their turns.
        first_day: the day on which the first person's first turn begins.
        hand_over: the local time at which turns begin and end.
        turn_days: how many days a turn lasts.
        profile: the times at which the layer applies; None: always.
    """

    key: int
    members: tuple[int, ...]
    first_day: date
    hand_over: time
    turn_days: int = 7
    profile: TimeProfile | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """A person takes over a layer; of several at once, the last one listed counts."""

    layer: int
    user: int
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """A person is absent; the substitute, if any, stands in."""

    user: int
    begins_at: datetime
    ends_at: datetime
    substitute: int | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """The layers of a site in their order, and what replaces their turns.

    Attributes:
        zone: name of the site's time zone.
        gone: people who have left: they are never on call.
    """

    zone: str
    layers: tuple[Layer, ...]
    covers: tuple[Cover, ...] = ()
    absences: tuple[Absence, ...] = ()
    gone: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which the same people are on call: one of each layer, None where it has none."""

    begins_at: datetime
    ends_at: datetime
    people: tuple[int | None, ...]

    @property
    def is_gap(self) -> bool:
        """Whether no layer has a person."""
        return not any(person is not None for person in self.people)


def on_call(rota: Rota, at: datetime) -> list[int]:
    """Return who is on call at an instant, in the order of the layers, each once."""
    found = (person_of(rota, layer, at) for layer in rota.layers)
    return _once(person for person in found if person is not None)


def calling_order(rota: Rota, at: datetime) -> list[int]:
    """Return who is on call, then the others of each rotation in the order of their turns."""
    others = (person for layer in rota.layers for person in _successors(rota, layer, at))
    return _once([*on_call(rota, at), *others])


def person_of(rota: Rota, layer: Layer, at: datetime) -> int | None:
    """Return who is on call in a layer; None outside its times, or if all are absent."""
    if layer.profile is not None and not layer.profile.contains(at):
        return None
    covers = [each for each in rota.covers if each.layer == layer.key and _covers(each, at)]
    turn = _turn(rota, layer, at)
    if covers:
        return _standing_in(rota, layer, covers[-1].user, turn or 0, at)
    if turn is None or not layer.members:
        return None
    return _standing_in(rota, layer, layer.members[turn % len(layer.members)], turn, at)


def spans(rota: Rota, begin: datetime, end: datetime) -> list[Span]:
    """Return the times of a period in order, without gaps between them."""
    found: list[Span] = []
    instants = [begin, *sorted(_changes(rota, begin, end)), end]
    for begins_at, ends_at in itertools.pairwise(instants):
        people = tuple(person_of(rota, layer, begins_at) for layer in rota.layers)
        if found and found[-1].people == people:
            begins_at = found.pop().begins_at
        found.append(Span(begins_at, ends_at, people))
    return found


def gaps(rota: Rota, begin: datetime, end: datetime) -> list[Span]:
    """Return the times of a period at which no one is on call."""
    return [span for span in spans(rota, begin, end) if span.is_gap]


def turn_begins_at(layer: Layer, turn: int, zone: str) -> datetime:
    """Return the instant at which a turn begins; where clocks skip it, the first one after."""
    day = layer.first_day + timedelta(days=turn * layer.turn_days)
    return LocalTime(layer.hand_over).instant(day, ZoneInfo(zone))


def _turn(rota: Rota, layer: Layer, at: datetime) -> int | None:
    """Return the number of the turn at an instant; None before the first."""
    day = LocalTime(layer.hand_over).last_day(at, ZoneInfo(rota.zone))
    days = (day - layer.first_day).days
    return days // layer.turn_days if days >= 0 else None


def _standing_in(rota: Rota, layer: Layer, user: int, turn: int, at: datetime) -> int | None:
    """Return the person, or who stands in at that time."""
    if not _is_away(rota, user, at):
        return user
    named = (each.substitute for each in rota.absences if each.user == user and _covers(each, at))
    candidates = [*named, *_rotated(layer, turn)]
    present = (each for each in candidates if each is not None and not _is_away(rota, each, at))
    return next(present, None)


def _successors(rota: Rota, layer: Layer, at: datetime) -> list[int]:
    turn = _turn(rota, layer, at) or 0
    return [each for each in _rotated(layer, turn) if not _is_away(rota, each, at)]


def _rotated(layer: Layer, turn: int) -> tuple[int, ...]:
    """Return the members, that of the turn first."""
    place = turn % len(layer.members) if layer.members else 0
    return layer.members[place:] + layer.members[:place]


def _is_away(rota: Rota, user: int, at: datetime) -> bool:
    away = (each.user == user and _covers(each, at) for each in rota.absences)
    return user in rota.gone or any(away)


def _covers(period: Cover | Absence, at: datetime) -> bool:
    return period.begins_at <= at < period.ends_at


def _changes(rota: Rota, begin: datetime, end: datetime) -> set[datetime]:
    """Return all instants inside a period at which another person may be on call."""
    replaced: tuple[Cover | Absence, ...] = (*rota.covers, *rota.absences)
    found = {at for each in replaced for at in (each.begins_at, each.ends_at)}
    for layer in rota.layers:
        found.update(_hand_overs(rota, layer, begin, end))
        if layer.profile is not None:
            found.update(_profile_changes(layer.profile, begin, end))
    return {at.astimezone(UTC) for at in found if begin < at < end}


def _hand_overs(rota: Rota, layer: Layer, begin: datetime, end: datetime) -> Iterator[datetime]:
    turn = max(0, _turn(rota, layer, begin) or 0)
    while (at := turn_begins_at(layer, turn, rota.zone)) < end:
        yield at
        turn += 1


def _profile_changes(profile: TimeProfile, begin: datetime, end: datetime) -> Iterator[datetime]:
    at = profile.next_change(begin)
    while at < end:
        yield at
        at = profile.next_change(at)


def _once(people: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(people))
