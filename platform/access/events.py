"""The events of access: what was decided about a passage, and what was changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from access.context import DecisionContext
from access.models import Decision, Passage


@dataclass(frozen=True)
class Decided:
    """A decision was stored; apps act on it within its transaction."""

    passage: Passage
    decision: Decision
    context: DecisionContext


@dataclass(frozen=True)
class TurnedBack:
    """A car that was let through turned back: the effects of its passage are to be undone."""

    passage: Passage


@dataclass(frozen=True)
class PlateCorrected:
    """A person corrected the plate of a passage after its decision had taken effect."""

    passage: Passage
    before: str
