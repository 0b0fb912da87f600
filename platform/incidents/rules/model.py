"""Signals, and the conditions of alarm rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from incidents.rules.profile import TimeProfile

Value = float | str | bool


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact that rules may watch.

    Attributes:
        source: what it is about, such as ``device:12``; each source has its own alarms.
        kind: of the fact, such as ``telemetry.battery.percent`` or ``barrier``.
        at: when it happened (aware UTC).
        values: what is known of it, by name; telemetry has ``value``.
    """

    source: str
    kind: str
    at: datetime
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number is above or below a limit for a time, until it is back at another limit.

    Attributes:
        kind: of the signals.
        field: name of the number in the signal's values.
        above: whether larger numbers exceed the limit; otherwise smaller ones do.
        limit: the number that has to be exceeded.
        clear: the number that ends it, on the other side of the limit or equal to it (hysteresis).
        lasting: how long the limit has to be exceeded without interruption.
    """

    kind: str
    field: str
    above: bool
    limit: float
    clear: float
    lasting: timedelta

    def is_exceeded(self, value: float) -> bool:
        """Whether the value exceeds the limit."""
        return value > self.limit if self.above else value < self.limit

    def is_cleared(self, value: float) -> bool:
        """Whether the value ends what exceeded the limit."""
        return value <= self.clear if self.above else value >= self.clear


@dataclass(frozen=True, slots=True)
class Rate:
    """A number rises or falls by an amount within a time.

    Attributes:
        kind: of the signals.
        field: name of the number in the signal's values.
        rises: the direction.
        amount: of the change, above 0.
        within: the time.
    """

    kind: str
    field: str
    rises: bool
    amount: float
    within: timedelta


@dataclass(frozen=True, slots=True)
class Absence:
    """No signal of a kind arrives for a time.

    Attributes:
        kind: of the signals.
        lasting: the time.
        field, equals: as in `Count`.
    """

    kind: str
    lasting: timedelta
    field: str = ""
    equals: Value = ""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of signals arrive within a time.

    Attributes:
        kind: of the signals.
        least: so many, at least 1; two signals at one instant count once.
        within: the time.
        field: only signals with a certain value matter: the value's name; empty for all.
        equals: that value.
    """

    kind: str
    least: int
    within: timedelta
    field: str = ""
    equals: Value = ""


def matches(leaf: Absence | Count, signal: Signal) -> bool:
    """Whether a signal of the condition's kind matters for it."""
    return not leaf.field or signal.values.get(leaf.field) == leaf.equals


Leaf = Threshold | Rate | Absence | Count


@dataclass(frozen=True, slots=True)
class All:
    """All of the parts hold at once, for one source."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the parts holds."""

    parts: "tuple[Condition, ...]"


Condition = Leaf | All | Any


@dataclass(frozen=True)
class Rule:
    """What raises an alarm.

    Attributes:
        condition: what has to hold.
        profile: when it raises an alarm; None for always.
    """

    condition: Condition
    profile: TimeProfile | None = None

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The conditions that watch signals, in the order of their states."""
        return tuple(_leaves(self.condition))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of signals that it watches."""
        return frozenset(leaf.kind for leaf in self.leaves)

    @property
    def memory(self) -> timedelta:
        """How long a signal can matter for the condition."""
        return max(_span(leaf) for leaf in self.leaves)


def _leaves(condition: Condition) -> Iterator[Leaf]:
    if isinstance(condition, All | Any):
        for part in condition.parts:
            yield from _leaves(part)
    else:
        yield condition


def _span(leaf: Leaf) -> timedelta:
    return leaf.lasting if isinstance(leaf, Threshold | Absence) else leaf.within
