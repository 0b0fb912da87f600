"""The cars of generated history: who comes to which lane when, and what becomes of it.

`Traffic` generates the reads of the lanes' cameras. `store` writes their passages as they stand
after the retention job: past the retention period without plate, reads and movements.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from access.bulk import PastRead, copy_facts
from access.models import AccessListEntry, Decision, Movement, Passage, VisitorPass
from core import audit
from core.copying import copy_rows, copy_values
from core.models import Site, User
from core.plates import fold
from estate.history import lanes_of
from estate.models import Lane, Lot
from people.history import colour_of, plate_of

ENTRY_TAKES, EXIT_TAKES = timedelta(seconds=8), timedelta(seconds=45)
# How many cars come in each hour of the day, as shares.
_HOURS = (2, 1, 1, 1, 1, 3, 7, 12, 14, 11, 9, 10, 11, 10, 9, 9, 10, 13, 15, 12, 9, 7, 5, 3)
_RESIDENTS, _REGULARS = 0.45, 0.25
_TURNED_AWAY, _NOT_SEEN_LEAVING = 0.004, 0.003
_ACTIONS = {"manual_lift": "lift barrier", "manual_refusal": "refuse passage"}
_BETWEEN_VISITS = timedelta(minutes=10)
_TOOK_US = 4000
_DECISION = (
    "passage_id",
    "outcome",
    "rule",
    "facts",
    "trace",
    "plate",
    "at",
    "took_us",
    "actor_id",
    "reason",
)
# A regular visitor for so many visits.
_VISITS_PER_REGULAR = 40


@dataclass(slots=True)
class Traffic:
    """The cars that come to the car parks of one site.

    Attributes:
        residents: plates of registered cars.
        first_plate: the number of the first visitor's plate, for `people.history.plate_of`.
        regulars: how many visitors come again and again.
        until: the latest instant of the history.
    """

    lots: Sequence[Lot]
    residents: Sequence[str]
    first_plate: int
    regulars: int
    until: datetime
    _lanes: dict[tuple[int, str], list[Lane]] = field(init=False)
    _away_since: dict[str, datetime] = field(init=False, default_factory=dict)
    _new: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._lanes = {
            (lot.pk, direction): lanes_of(lot, direction)
            for lot in self.lots
            for direction in Lane.Direction
        }

    def reads(self, begins: datetime, days: int, visits: int, chance: Random) -> list[PastRead]:
        """Return the reads of so many visits that begin in a span of days, by time."""
        hours = chance.choices(range(24), _HOURS, k=visits)
        moments = sorted(
            begins
            + timedelta(
                days=chance.randrange(days), hours=hour, milliseconds=chance.randrange(3_600_000)
            )
            for hour in hours
        )
        found: list[PastRead] = []
        for moment in moments:
            found += self._visit(moment, chance)
        return sorted(
            (read for read in found if (read.moved_at or read.at) < self.until),
            key=lambda read: read.at,
        )

    def _visit(self, arrives: datetime, chance: Random) -> list[PastRead]:
        plate, duration, is_resident = self._car(chance)
        if plate in self._away_since:
            arrives = max(arrives, self._away_since[plate] + _BETWEEN_VISITS)
        lot = chance.choice(self.lots)
        lane = chance.choice(self._lanes[lot.pk, "entry"])
        if not is_resident and chance.random() < _TURNED_AWAY:
            return [_turned_away(lane, plate, arrives, chance)]
        leaves = arrives + duration
        self._away_since[plate] = leaves
        reads = [_read(lane, plate, arrives, ENTRY_TAKES, chance)]
        if not (is_resident and chance.random() < _NOT_SEEN_LEAVING):
            lane = chance.choice(self._lanes[lot.pk, "exit"])
            reads.append(_read(lane, plate, leaves, EXIT_TAKES, chance))
        return reads

    def _car(self, chance: Random) -> tuple[str, timedelta, bool]:
        """Return a car's plate, how long it stays, and whether it is a resident's."""
        kind = chance.random()
        if kind < _RESIDENTS:
            stays = timedelta(minutes=20 + chance.expovariate(1 / 540))
            return chance.choice(self.residents), stays, True
        stays = timedelta(minutes=4 + chance.expovariate(1 / 95))
        if kind < _RESIDENTS + (1 - _RESIDENTS) * _REGULARS:
            return plate_of(self.first_plate + chance.randrange(self.regulars)), stays, False
        self._new += 1
        return plate_of(self.first_plate + self.regulars + self._new), stays, False


def regulars_among(visits: int) -> int:
    """Return how many visitors come again and again among so many visits."""
    return 1 + visits // _VISITS_PER_REGULAR


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision of the past about a passage."""

    rule: str
    outcome: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    actor: User | None = None
    reason: str = ""


def store(
    passages: Sequence[Passage],
    reads: Sequence[PastRead],
    decisions: Callable[[Passage, PastRead], Sequence[PastDecision]],
    redacted: Collection[int],
) -> None:
    """Store passages with their reads, movements and decisions.

    Args:
        passages: unsaved, with primary keys.
        reads: one for each.
        decisions: returns those about a passage, the first one first.
        redacted: the keys of those past their retention period.
    """
    pairs = list(zip(passages, reads, strict=True))
    made = [(each, decision) for each, read in pairs for decision in decisions(each, read)]
    for passage, decision in made:
        if decision.outcome == Decision.Outcome.OPEN:
            passage.opened_at = decision.at
    for passage in passages:
        if passage.pk in redacted:
            passage.plate = passage.folded = ""
            passage.redacted = True
    copy_rows(passages)
    kept = [(passage, read) for passage, read in pairs if not passage.redacted]
    copy_facts([passage for passage, _read in kept], [read for _passage, read in kept])
    copy_values(Decision, _DECISION, (_decision(passage, decision) for passage, decision in made))
    actions = [_action(passage, each) for passage, each in made if each.actor is not None]
    if actions:
        audit.record_past(passages[0].site, actions)


def fill_lists(
    site: Site, actor: User, number: int, first_plate: int, until: datetime, chance: Random
) -> None:
    """Add entries of the block list and passes of visitors who did not come, over a year.

    Args:
        number: of each.
        first_plate: the number of the first plate, for `people.history.plate_of`.
    """
    since = [until - timedelta(minutes=chance.randrange(365 * 24 * 60)) for _each in range(number)]
    plates = [plate_of(first_plate + place) for place in range(2 * number)]
    copy_rows(
        AccessListEntry(
            site=site,
            kind=AccessListEntry.Kind.BLOCK,
            plate=plate,
            folded=fold(plate),
            reason="left without paying",
            begins_at=begins,
            ends_at=begins + timedelta(days=90),
            created_by=actor,
        )
        for plate, begins in zip(plates, since, strict=False)
    )
    copy_rows(
        VisitorPass(
            site=site,
            plate=plate,
            folded=fold(plate),
            begins_at=begins,
            ends_at=begins + timedelta(days=1),
            issued_at=begins - timedelta(hours=2),
            created_by=actor,
        )
        for plate, begins in zip(plates[number:], since, strict=False)
    )


def _read(
    lane: Lane, plate: str, at: datetime, takes: timedelta, chance: Random, movement: str = "passed"
) -> PastRead:
    return PastRead(
        lane=lane,
        plate=plate,
        at=at,
        received_at=at + timedelta(milliseconds=300 + chance.randrange(1500)),
        moved_at=at + takes,
        confidence=round(0.9 + chance.random() / 10, 3),
        colour=colour_of(plate),
        movement=movement,
    )


def _turned_away(lane: Lane, plate: str, at: datetime, chance: Random) -> PastRead:
    return _read(lane, plate, at, EXIT_TAKES, chance, Movement.Kind.TURNED_BACK)


def _action(passage: Passage, made: PastDecision) -> audit.Action:
    """Return the audit entry of a user's decision."""
    actor = made.actor.get_username() if made.actor else ""
    subject = ("passage", passage.pk)
    return audit.Action(made.at, actor, _ACTIONS[made.rule], subject, {"reason": made.reason})


def _decision(passage: Passage, made: PastDecision) -> tuple[object, ...]:
    facts = {} if passage.redacted else dict(made.facts)
    step = {"rule": made.rule, "result": made.outcome, "facts": facts}
    return (
        passage.pk,
        made.outcome,
        made.rule,
        facts,
        [] if passage.redacted else [step],
        passage.plate,
        made.at,
        _TOOK_US,
        made.actor.pk if made.actor else None,
        made.reason,
    )
