"""What a check sees of a car at a lane, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from access.models import Decision, Passage
from estate.models import Lane, Lot


@dataclass(frozen=True)
class Known:
    """A plate that the site knows.

    Attributes:
        kind: ``allow``, ``block``, ``resident``, ``visitor`` or ``inside``.
        pk: of the access list entry, vehicle, visitor pass or stay.
        begins_at, ends_at: when it holds; no end means for ever.
        free_minutes: of a visitor pass, from the entry; 0 for all of its window.
    """

    kind: str
    pk: int
    plate: str
    begins_at: datetime
    ends_at: datetime | None
    free_minutes: int = 0

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at that instant."""
        return self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass
class DecisionContext:
    """One car at one lane, at the moment of deciding.

    Attributes:
        now: our clock; ``passage.at`` is the device's.
        at: when the car is judged by: when it was seen, or now where it is known to stand there.
        certain: the plate's text is sure enough for a barrier to open by it.
        late: the message came so late that the car may be gone from the lane.
        known: all that the site knows of the plate, in force or not.
        again: the car was judged here before, by the same plate, and waits still.
        memo: what one check leaves for a later one, or for those who act on the decision.
    """

    passage: Passage
    lane: Lane
    lot: Lot
    now: datetime
    at: datetime
    certain: bool
    late: bool
    known: list[Known]
    again: bool = False
    memo: dict[str, Any] = field(default_factory=dict)

    def in_force(self, kind: str) -> Known | None:
        """Return what the site knows of the plate under that kind, if it is in force."""
        return next((k for k in self.known if k.kind == kind and k.holds(self.at)), None)


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        outcome: one of Decision.Outcome when the check decides; None lets the next one speak.
        facts: JSON values that the reason's sentence needs; None means nothing worth noting.
        rule: the rule's name where it differs from the check's own.
    """

    outcome: Decision.Outcome | None = None
    facts: dict[str, Any] | None = None
    rule: str = ""


NOTHING = CheckResult()
