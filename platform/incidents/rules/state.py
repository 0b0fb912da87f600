"""The state of a rule for one source, and its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Sample = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class LeafState:
    """What a condition that watches signals remembers.

    Attributes:
        on: whether it holds.
        since: of a threshold, since when the limit is exceeded; of absence and rate, the time of
            the last signal.
        value: of a rate, the number in that signal.
        recent: signals of the last time that matter, the oldest first.
    """

    on: bool = False
    since: datetime | None = None
    value: float = 0.0
    recent: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleState:
    """What a rule remembers of one source.

    Attributes:
        at: no signal before this instant can be evaluated any more: it is late.
        active: whether the alarm is raised.
        parts: of each of the rule's leaves.
    """

    at: datetime
    active: bool
    parts: tuple[LeafState, ...]


def to_json(state: RuleState) -> dict[str, Any]:
    """Return the state as plain JSON."""
    return {
        "at": state.at.isoformat(),
        "active": state.active,
        "parts": [_part_to_json(part) for part in state.parts],
    }


def from_json(stored: Mapping[str, Any]) -> RuleState:
    """Return the state that `to_json` has represented."""
    parts = tuple(_part_from_json(part) for part in stored["parts"])
    return RuleState(datetime.fromisoformat(stored["at"]), stored["active"], parts)


def _part_to_json(part: LeafState) -> list[Any]:
    since = part.since.isoformat() if part.since else None
    return [part.on, since, part.value, [[at.isoformat(), value] for at, value in part.recent]]


def _part_from_json(stored: list[Any]) -> LeafState:
    on, since, value, recent = stored
    return LeafState(
        on,
        datetime.fromisoformat(since) if since else None,
        value,
        tuple((datetime.fromisoformat(at), number) for at, number in recent),
    )
