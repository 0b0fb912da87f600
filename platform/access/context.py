"""What a check receives about a car at a lane, and what it returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from access.models import Decision, Passage
from estate.models import Lane, Lot

Part = TypeVar("Part")


@dataclass(frozen=True)
class PlateRecord:
    """A plate on file at the site, and the row that has it.

    Attributes:
        kind: ``allow``, ``block``, ``resident``, ``visitor`` or ``inside``.
        pk: of the access list entry, vehicle, visitor pass or stay.
        begins_at, ends_at: validity; without an end it is valid indefinitely.
        free_minutes: of a visitor pass, counted from the entry; 0 covers its whole window.
    """

    kind: str
    pk: int
    plate: str
    begins_at: datetime
    ends_at: datetime | None
    free_minutes: int = 0

    def is_valid(self, at: datetime) -> bool:
        """Whether it is in force at that instant."""
        return self.begins_at <= at and (self.ends_at is None or at < self.ends_at)

    def has_ended(self, at: datetime) -> bool:
        """Whether its validity is over at that instant."""
        return self.ends_at is not None and self.ends_at <= at


def first_in_force(records: Iterable[PlateRecord], kind: str, at: datetime) -> PlateRecord | None:
    """Return the record of that kind in force at that instant; of several, the one begun first."""
    found = (each for each in records if each.kind == kind and each.is_valid(at))
    return min(found, key=lambda each: (each.begins_at, each.pk), default=None)


@dataclass
class DecisionContext:
    """One car at one lane, at the moment of the decision.

    The first group of attributes is set before the checks run and does not change. The checks fill
    in `permit`; rooms above access add their own results as a part, see `part`.

    Attributes:
        now: the server's clock; ``passage.at`` is the device's.
        at: the instant that the rules are applied to: when the car was seen, or now where it is
            known to be standing at the lane.
        certain: the plate was read well enough to open a barrier by it.
        doubt: why the plate reader's result is not certain, whatever its confidence
            (`devices.vision.certainty.Doubt`); empty where nothing casts doubt on it.
        failure: what kept the plate reader from reading the photo (`devices.vision.failures`);
            empty where it was read, or needed no reading.
        late: the message was delayed for so long that the car may have left the lane.
        records: every record of the plate, in force or not.
        re_evaluated: the same car was decided before, under the same plate, and still waits.
        permit: the record by which the car is admitted, once a check has found one.
        together: the contexts of all cars that are decided about in this transaction, this one
            among them: what a check reads, it may read for all of them with one statement. They are
            at different lanes, and no plate among them is another's or looks like it.
        reading_us: this car's share of the time that collecting the facts took.
        outcome, rule: what was decided, and by which rule; empty until then.
    """

    passage: Passage
    lane: Lane
    lot: Lot
    now: datetime
    at: datetime
    certain: bool
    late: bool
    records: list[PlateRecord]
    re_evaluated: bool = False
    permit: PlateRecord | None = None
    together: Sequence[DecisionContext] = ()
    reading_us: int = 0
    doubt: str = ""
    failure: str = ""
    outcome: str = ""
    rule: str = ""
    _parts: dict[type[object], object] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.together = self.together or [self]

    def record_in_force(self, kind: str) -> PlateRecord | None:
        """Return the plate's record of that kind, if one is in force."""
        return first_in_force(self.records, kind, self.at)

    def part(self, part_type: type[Part]) -> Part:
        """Return the context's part of that type; the first call creates it, empty."""
        part = self._parts.get(part_type)
        if not isinstance(part, part_type):
            part = self._parts[part_type] = part_type()
        return part


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Attributes:
        outcome: one of Decision.Outcome if the check decides; None passes the car to the next one.
        facts: JSON values that the reason's text needs; None where the trace needs no detail.
        rule: the rule's code where it differs from the check's own.
    """

    outcome: Decision.Outcome | None = None
    facts: dict[str, Any] | None = None
    rule: str = ""


NO_FINDING = CheckResult()
