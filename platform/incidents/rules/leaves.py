"""How each kind of condition evaluates a signal, and the passing of time.

A condition has at most one deadline: the instant at which its state changes if no signal arrives.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from incidents.rules.model import Absence, Count, Leaf, Rate, Signal, Threshold, matches
from incidents.rules.state import LeafState, Sample

# A rate remembers so many samples of its time, so that a fast sensor does not fill the memory: the
# change is exact to a sixtieth of the time.
RATE_SLOTS = 60


def begin(leaf: Leaf, at: datetime) -> LeafState:
    """Return the state of a condition that watches from an instant on."""
    return LeafState(since=at) if isinstance(leaf, Absence) else LeafState()


def matters(leaf: Leaf, part: LeafState, signal: Signal) -> bool:
    """Whether a signal of the condition's kind changes what the state leads to."""
    if isinstance(leaf, Absence | Count):
        return matches(leaf, signal)
    value = number(signal, leaf.field)
    if value is None:
        return False
    if isinstance(leaf, Rate):
        return is_remembered(leaf, part, signal.at, value)
    if part.on:
        return leaf.is_cleared(value)
    return leaf.is_exceeded(value) == (part.since is None)


def is_at_rest(leaf: Leaf, part: LeafState) -> bool:
    """Whether most signals change nothing, see `matters`."""
    if isinstance(leaf, Threshold):
        return part.since is None
    return not part.on or isinstance(leaf, Count)


def number(signal: Signal, field: str) -> float | None:
    """Return a number of the signal; None if it has none of that name."""
    value = signal.values.get(field)
    return float(value) if isinstance(value, int | float) else None


def apply(leaf: Leaf, part: LeafState, signal: Signal) -> LeafState:
    """Return the state after a signal of the condition's kind."""
    if isinstance(leaf, Absence):
        return LeafState(since=signal.at) if matches(leaf, signal) else part
    if isinstance(leaf, Count):
        return _count(leaf, part, signal)
    value = number(signal, leaf.field)
    if value is None:
        return part
    if isinstance(leaf, Threshold):
        return _compare(leaf, part, signal.at, value)
    return measure(leaf, part, signal.at, value)


def deadline(leaf: Leaf, part: LeafState) -> datetime | None:
    """Return when the state changes without a signal; None if it does not."""
    if isinstance(leaf, Threshold | Absence):
        return None if part.on or part.since is None else part.since + leaf.lasting
    return part.recent[0][0] + leaf.within if part.on else None


def expire(leaf: Leaf, part: LeafState) -> LeafState:
    """Return the state at its deadline."""
    if isinstance(leaf, Threshold | Absence):
        return replace(part, on=True)
    recent = part.recent[1:]
    if isinstance(leaf, Count):
        return replace(part, on=False, recent=recent)
    return replace(part, on=_has_changed(leaf, recent, part.value), recent=recent)


def _compare(leaf: Threshold, part: LeafState, at: datetime, value: float) -> LeafState:
    if part.on:
        return LeafState() if leaf.is_cleared(value) else part
    if not leaf.is_exceeded(value):
        return LeafState()
    return LeafState(on=not leaf.lasting, since=part.since or at)


def _count(leaf: Count, part: LeafState, signal: Signal) -> LeafState:
    if not matches(leaf, signal) or (part.recent and part.recent[-1][0] == signal.at):
        return part
    recent = (*_within(part.recent, signal.at, leaf.within), (signal.at, 1.0))[-leaf.least :]
    return LeafState(on=len(recent) == leaf.least, recent=recent)


def measure(leaf: Rate, part: LeafState, at: datetime, value: float) -> LeafState:
    """Remember the samples from which the change may be the largest: ever nearer to the last."""
    recent = list(_within(part.recent, at, leaf.within))
    while recent and not _is_nearer(leaf, value, recent[-1][1]):
        recent.pop()
    if not recent or at - recent[-1][0] >= leaf.within / RATE_SLOTS:
        recent.append((at, value))
    kept = tuple(recent)
    return LeafState(on=_has_changed(leaf, kept, value), since=at, value=value, recent=kept)


def is_remembered(leaf: Rate, part: LeafState, at: datetime, value: float) -> bool:
    """Whether the value becomes a sample, differs enough from one of them, or may end the alarm."""
    if part.on or not part.recent or not _is_nearer(leaf, value, part.recent[-1][1]):
        return True
    is_spaced = at - part.recent[-1][0] >= leaf.within / RATE_SLOTS
    return is_spaced or _has_changed(leaf, part.recent, value)


def _is_nearer(leaf: Rate, value: float, before: float) -> bool:
    return value > before if leaf.rises else value < before


def _has_changed(leaf: Rate, recent: tuple[Sample, ...], value: float) -> bool:
    if not recent:
        return False
    change = value - recent[0][1]
    return (change if leaf.rises else -change) >= leaf.amount


def _within(recent: tuple[Sample, ...], at: datetime, span: timedelta) -> tuple[Sample, ...]:
    since = at - span
    return tuple(sample for sample in recent if sample[0] > since)
