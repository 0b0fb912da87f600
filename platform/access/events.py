"""The events of access: what was decided about a passage, and what was changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from access.context import DecisionContext
from access.models import Decision, Passage


@dataclass(frozen=True)
class Decided:
    """A decision was stored; apps act on it within its transaction."""

    passage: Passage
    decision: Decision
    context: DecisionContext


@dataclass(frozen=True)
class PassageChanged:
    """What is known of a car was changed outside a decision: its movement became known.

    Attributes:
        movement: ``passed``, ``turned_back``, or empty where a movement turned out to be another
            car's.
        before: the passage's state until then.
    """

    passage: Passage
    movement: str
    before: str


@dataclass(frozen=True)
class PlateCorrected:
    """A person corrected the plate of a passage after its decision had taken effect."""

    passage: Passage
    before: str


@dataclass(frozen=True)
class PassIssued:
    """A visitor pass was issued; its car may be inside already."""

    site_id: int
    plate: str


@dataclass(frozen=True)
class PlateAllowed:
    """A plate is on the allow list from an instant on, which may lie in the past."""

    site_id: int
    plate: str
    begins_at: datetime
