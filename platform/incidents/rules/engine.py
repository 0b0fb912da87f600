"""Evaluate a rule for one source: signal by signal, and as time passes.

Deadlines are evaluated before the first later signal, or when `advance` is called, whichever comes
first, so that both give the same alarms at the same instants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.rules import leaves
from incidents.rules.model import All, Any, Condition, Rule, Signal
from incidents.rules.state import LeafState, RuleState


@dataclass(frozen=True, slots=True)
class Transition:
    """The alarm was raised, or has ended."""

    at: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a signal, or of time that has passed.

    Attributes:
        state: the new state.
        transitions: of the alarm, in the order of time.
        is_late: the signal was not evaluated, because what came after it has been.
    """

    state: RuleState
    transitions: tuple[Transition, ...] = ()
    is_late: bool = False


def begin(rule: Rule, at: datetime) -> RuleState:
    """Return the state of a rule that watches a source from an instant on."""
    parts = tuple(leaves.begin(leaf, at) for leaf in rule.leaves)
    return RuleState(at, False, parts)


def step(rule: Rule, state: RuleState, signal: Signal) -> Outcome:
    """Evaluate a signal of the source."""
    if signal.at < state.at:
        return Outcome(state, is_late=True)
    passed = advance(rule, state, signal.at)
    before = passed.state
    parts = tuple(
        leaves.apply(leaf, part, signal) if leaf.kind == signal.kind else part
        for leaf, part in zip(rule.leaves, before.parts, strict=True)
    )
    state, changes = _settle(rule, RuleState(signal.at, before.active, parts), signal.at)
    return Outcome(state, passed.transitions + changes)


def advance(rule: Rule, state: RuleState, until: datetime) -> Outcome:
    """Evaluate the deadlines before an instant."""
    transitions: tuple[Transition, ...] = ()
    while (due := wake_at(rule, state)) is not None and due < until:
        # A signal of the same instant would have come first, so it is late from now on.
        parts = tuple(
            leaves.expire(leaf, part) if leaves.deadline(leaf, part) == due else part
            for leaf, part in zip(rule.leaves, state.parts, strict=True)
        )
        passed = RuleState(due + timedelta.resolution, state.active, parts)
        state, changes = _settle(rule, passed, due)
        transitions += changes
    return Outcome(state, transitions)


def wake_at(rule: Rule, state: RuleState) -> datetime | None:
    """Return the next deadline; None if nothing changes without a signal."""
    pairs = zip(rule.leaves, state.parts, strict=True)
    deadlines = [due for leaf, part in pairs if (due := leaves.deadline(leaf, part)) is not None]
    if rule.profile is not None and _holds(rule.condition, list(state.parts)):
        deadlines.append(rule.profile.next_change(state.at - timedelta.resolution))
    return min(deadlines, default=None)


def matters(rule: Rule, state: RuleState, due: datetime | None, signal: Signal) -> bool:
    """Whether a signal has to be evaluated; others change no alarm, neither now nor later.

    Args:
        due: the state's next deadline (`wake_at`), the same for many signals.
    """
    if signal.at < state.at or (due is not None and due < signal.at):
        return True
    return any(
        leaf.kind == signal.kind and leaves.matters(leaf, part, signal)
        for leaf, part in zip(rule.leaves, state.parts, strict=True)
    )


def is_at_rest(rule: Rule, state: RuleState) -> bool:
    """Whether only signals that wake the rule can change its state before its deadline."""
    pairs = zip(rule.leaves, state.parts, strict=True)
    return not state.active and all(leaves.is_at_rest(leaf, part) for leaf, part in pairs)


def _settle(rule: Rule, state: RuleState, at: datetime) -> tuple[RuleState, tuple[Transition, ...]]:
    """Raise or end the alarm as the conditions are at that instant."""
    active = _holds(rule.condition, list(state.parts)) and (
        rule.profile is None or rule.profile.contains(at)
    )
    if active == state.active:
        return state, ()
    return replace(state, active=active), (Transition(at, active),)


def _holds(condition: Condition, parts: list[LeafState]) -> bool:
    """Return whether the condition holds; the states of its leaves are taken from the list."""
    if isinstance(condition, All | Any):
        results: Sequence[bool] = [_holds(part, parts) for part in condition.parts]
        return all(results) if isinstance(condition, All) else any(results)
    return parts.pop(0).on
