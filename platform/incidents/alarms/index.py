"""The enabled rules in the memory of this process, by what they watch.

Each process compares the rules' revision once a second, and loads them again when it differs: a
notification would be lost while its connection is down. What is decided by a rule is decided under
a lock on its state, where a rule that was changed meanwhile has none (`incidents.alarms.stepping`).
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from django.db.models import Count, Max

from devices.models import Device
from incidents.alarms.observables import DEVICE, TELEMETRY
from incidents.alarms.scopes import Scope, scope_of
from incidents.models import AlarmRule
from incidents.rules import leaves, parsing
from incidents.rules.errors import RuleError
from incidents.rules.model import Absence, Leaf, Rate, Rule, Threshold
from incidents.rules.state import LeafState

logger = logging.getLogger(__name__)

CHECK_S = 1.0
# Devices may be added, moved or become another kind: their rules are found again after this time.
MAX_AGE_S = 60.0
# Longest wait for timers after a process has started to receive.
MAX_SETTLING = timedelta(minutes=10)

Test = Callable[[float, datetime], bool]


@dataclass(frozen=True, eq=False)
class Watching:
    """One enabled rule."""

    pk: int
    site_id: int
    version: int
    name: str
    kind: str
    severity: str
    watch_from: datetime
    rule: Rule
    scope: Scope

    @property
    def settling(self) -> timedelta:
        """How long a process must receive before the time that passes counts."""
        return min(self.rule.memory, MAX_SETTLING)

    def covers(self, source: str, pk: int, kinds: Mapping[int, str]) -> bool:
        """Whether it watches a device or a lane; ``kinds`` are those of devices."""
        if source == DEVICE:
            return pk in kinds and self.scope.covers_device(pk, kinds[pk])
        return self.scope.covers_lane(pk)


# The rules that watch a metric of a device, each with the test of values that wake it.
Plan = Mapping[str, tuple[tuple[Watching, Test], ...]]


@dataclass
class Index:
    """The enabled rules of all sites, and what was found of devices."""

    revision: tuple[object, ...]
    rules: dict[int, Watching]
    loaded_at: float
    by_kind: dict[tuple[int, str], list[Watching]] = field(init=False)
    device_kinds: dict[int, str] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_kind = defaultdict(list)
        for each in self.rules.values():
            for kind in each.rule.kinds:
                self.by_kind[each.site_id, kind].append(each)

    def watching(self, site_id: int, kind: str) -> list[Watching]:
        """Return the rules of a site that watch a kind of signals."""
        return self.by_kind.get((site_id, kind), [])

    def kinds_of(self, devices: Iterable[int]) -> Mapping[int, str]:
        """Return the kinds of devices, among others."""
        unknown = set(devices) - self.device_kinds.keys()
        if unknown:
            rows = Device.objects.filter(pk__in=unknown)
            self.device_kinds.update(rows.values_list("pk", "kind"))
        return self.device_kinds

    def plan(self, device_id: int, site_id: int) -> Plan:
        """Return the rules that watch telemetry of a device; call `kinds_of` before."""
        found = self.plans.get(device_id)
        if found is None:
            found = self.plans[device_id] = self._plan(device_id, site_id)
        return found

    def _plan(self, device_id: int, site_id: int) -> Plan:
        kind = self.device_kinds.get(device_id, "")
        plan: dict[str, list[tuple[Watching, Test]]] = defaultdict(list)
        for each in self.rules.values():
            if each.site_id == site_id and each.scope.covers_device(device_id, kind):
                for watched in each.rule.kinds:
                    if watched.startswith(TELEMETRY):
                        pair = (each, _test(each.rule, watched))
                        plan[watched.removeprefix(TELEMETRY)].append(pair)
        return {metric: tuple(pairs) for metric, pairs in plan.items()}


class _Current:
    """The index of this process, and when its revision was compared."""

    index: ClassVar[Index | None] = None
    compared_at: ClassVar[float] = 0.0


def current() -> Index:
    """Return the enabled rules, not older than a second."""
    index, now = _Current.index, time.monotonic()
    if index is not None and now < _Current.compared_at + CHECK_S:
        return index
    revision = _revision()
    if index is None or revision != index.revision or now > index.loaded_at + MAX_AGE_S:
        index = _load(revision, now)
    _Current.index, _Current.compared_at = index, now
    return index


def forget() -> None:
    """Read the rules again when they are next needed, as after a change by this process."""
    _Current.index = None


def _revision() -> tuple[object, ...]:
    found = AlarmRule.objects.filter(enabled=True).aggregate(Count("pk"), Max("changed_at"))
    return tuple(found.values())


def _load(revision: tuple[object, ...], now: float) -> Index:
    rows = AlarmRule.objects.filter(enabled=True).select_related("site")
    found = [_watching_if_valid(row) for row in rows.prefetch_related("devices")]
    return Index(revision, {each.pk: each for each in found if each is not None}, now)


def _watching_if_valid(row: AlarmRule) -> Watching | None:
    """Return the rule; None if it is invalid, which must not stop the others, nor a lane."""
    try:
        return watching(row)
    except RuleError:
        logger.exception("alarm rule %d is invalid and is left out", row.pk)
        return None


def watching(row: AlarmRule, watch_from: datetime | None = None) -> Watching:
    """Return a rule as it watches; one that is tried before it is enabled, from an instant on."""
    begins = row.watch_from or watch_from
    if begins is None:
        raise ValueError(f"rule {row.pk} is disabled")
    rule = parsing.parse(row.definition, row.site.timezone)
    scope = scope_of(row)
    values = (row.pk, row.site_id, row.version, row.name, row.kind, row.severity, begins)
    return Watching(*values, rule, scope)


def _test(rule: Rule, kind: str) -> Test:
    """Return whether a value of a device matters for a rule that is at rest for it."""
    tests = [_leaf_test(leaf) for leaf in rule.leaves if leaf.kind == kind]
    if len(tests) == 1:
        return tests[0]

    def test_all(value: float, at: datetime) -> bool:
        results = [test(value, at) for test in tests]  # each remembers what it has seen
        return any(results)

    return test_all


def _leaf_test(leaf: Leaf) -> Test:
    if isinstance(leaf, Threshold):
        return _threshold_test(leaf.limit, above=leaf.above)
    if isinstance(leaf, Absence):
        # The newest measurement is read when the time is over (timers).
        return lambda _value, _at: False
    if isinstance(leaf, Rate):
        return _RateTest(leaf)
    return lambda value, _at: not leaf.field or value == leaf.equals


def _threshold_test(limit: float, *, above: bool) -> Test:
    if above:
        return lambda value, _at: value > limit
    return lambda value, _at: value < limit


class _RateTest:
    """Remembers what this process has seen of a device, so that few of its values are evaluated.

    Where several processes share the stream, a change is noticed a sixtieth of its time later.
    """

    def __init__(self, leaf: Rate) -> None:
        self._leaf, self._part = leaf, LeafState()

    def __call__(self, value: float, at: datetime) -> bool:
        if not leaves.is_remembered(self._leaf, self._part, at, value):
            return False
        self._part = leaves.measure(self._leaf, self._part, at, value)
        return True
