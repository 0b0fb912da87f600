"""A tariff ready to price: the document turned into integers, ladders and day plans."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pricing.document import Document, Element, Free

DAY = 1440
UNCOVERED = -1
# The last step of a ladder is open; no stay comes near this many minutes.
OPEN = 1 << 62
WORKDAY, WEEKEND, HOLIDAY = range(3)
CLASS_NAMES = ("workday", "weekend", "holiday")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

# From a minute of the day to the next change: (minute the run ends, index of its element).
DayPlan = tuple[tuple[int, int], ...]


class Step(NamedTuple):
    """One step of a ladder, over the ladder positions [low, high) in minutes.

    `unit` is 0 for a flat step, whose `price` is then charged once per segment; otherwise a unit
    costs `price` * `unit` / `per` minor units.
    """

    low: int
    high: int
    unit: int
    price: int
    per: int
    down: bool


class Window(NamedTuple):
    """The conditions of one element; `start` and `end` are minutes of the local day."""

    start: int
    end: int
    classes: frozenset[int] | None
    vehicles: frozenset[str] | None
    anchored: bool

    @property
    def always(self) -> bool:
        """Whether it holds for every minute and every vehicle type."""
        return (self.start, self.end, self.classes, self.vehicles) == (0, DAY, None, None)

    def holds(self, minute: int, own: int, before: int, vehicle: str | None) -> bool:
        """Whether a minute of a day of class `own`, after a day of class `before`, matches."""
        if self.vehicles is not None and vehicle not in self.vehicles:
            return False
        opened_before = self.end <= self.start and minute < self.end
        if not opened_before and not self._runs_at(minute):
            return False
        day_class = before if self.anchored and opened_before else own
        return self.classes is None or day_class in self.classes

    def _runs_at(self, minute: int) -> bool:
        return minute >= self.start and (minute < self.end or self.end <= self.start)


class CapRule(NamedTuple):
    """A cap of the document; `element` is the index of the only element it looks at, or None."""

    window: str
    element: int | None
    amounts: tuple[int, ...]

    def limit(self, number: int) -> int:
        """The most that window `number` (from 0) may cost; the last amount repeats (rule 10)."""
        return self.amounts[min(max(number, 0), len(self.amounts) - 1)]


@dataclass(frozen=True)
class Tariff:
    """A validated tariff, ready to price. Build it with `parse_tariff`.

    `boundary` is the document's `unit_at_boundary`; `windows` and `ladders` go by the index of the
    element, `overrides` by days since 1970-01-01.
    `plans` only remembers what follows from the other fields, so equal tariffs price equally.
    """

    id: str
    version: int
    currency: str
    zone: ZoneInfo
    free: Free | None
    ladder_reset: str
    ladder_by_cycle: bool
    boundary: str
    uncovered_is_free: bool
    min_charge: int
    exit_grace_minutes: int
    free_after_pass: bool
    element_ids: tuple[str, ...]
    windows: tuple[Window, ...]
    ladders: tuple[tuple[Step, ...], ...]
    caps: tuple[CapRule, ...]
    overrides: dict[int, int]
    vehicles: frozenset[str]
    anchored: bool
    plans: dict[tuple[str | None, int, int], DayPlan] = field(default_factory=dict, compare=False)

    @property
    def label(self) -> str:
        """The tariff's id and version, such as ``main-gate@3``."""
        return f"{self.id}@{self.version}"

    def day_class(self, day: int) -> int:
        """The class of a local date, given in days since 1970-01-01 (a Thursday)."""
        override = self.overrides.get(day)
        if override is not None:
            return override
        return WEEKEND if (day + 3) % 7 >= 5 else WORKDAY

    def plan(self, vehicle: str | None, day: int) -> DayPlan:
        """The elements in force over one local date, as runs that cover its 1440 minutes."""
        return self.plan_of(vehicle, self.day_class(day), self.day_class(day - 1))

    def plan_of(self, vehicle: str | None, own: int, before: int) -> DayPlan:
        """As `plan`, for a day of class `own` that follows a day of class `before`."""
        # A type that no element names is priced like a car of unknown type, and remembered as one.
        known = vehicle if vehicle in self.vehicles else None
        # The day before matters only to windows that are judged by the day they opened on.
        key = (known, own, before if self.anchored else own)
        plan = self.plans.get(key)
        if plan is None:
            plan = self.plans[key] = _day_plan(self.windows, key)
        return plan


def _day_plan(windows: tuple[Window, ...], key: tuple[str | None, int, int]) -> DayPlan:
    vehicle, own, before = key
    edges = {time % DAY for window in windows for time in (window.start, window.end)}
    marks = [0, *sorted(edges - {0}), DAY]
    plan: list[tuple[int, int]] = []
    for start, end in pairwise(marks):
        element = first_match(windows, start, own, before, vehicle)
        if plan and plan[-1][1] == element:
            plan.pop()
        plan.append((end, element))
    return tuple(plan)


def first_match(
    windows: Iterable[Window], minute: int, own: int, before: int, vehicle: str | None
) -> int:
    """The index of the first element that holds, or `UNCOVERED` (rule 4)."""
    for index, window in enumerate(windows):
        if window.holds(minute, own, before, vehicle):
            return index
    return UNCOVERED


def compile_tariff(document: Document, zone: ZoneInfo, overrides: dict[date, str]) -> Tariff:
    """Turn a document whose rules have been checked into a tariff ready to price."""
    windows = tuple(_window(element, document.anchor) for element in document.elements)
    names = tuple(element.id for element in document.elements)
    return Tariff(
        id=document.id,
        version=document.version,
        currency=document.currency,
        zone=zone,
        free=document.free,
        ladder_reset=document.ladder_reset,
        ladder_by_cycle=document.ladder_scope == "cycle",
        boundary=document.unit_at_boundary,
        uncovered_is_free=document.uncovered == "free",
        min_charge=document.min_charge,
        exit_grace_minutes=document.exit_grace_minutes,
        free_after_pass=document.free_after_pass,
        element_ids=names,
        windows=windows,
        ladders=tuple(_ladder(element) for element in document.elements),
        caps=tuple(
            CapRule(
                cap.window,
                None if cap.element is None else names.index(cap.element),
                tuple(cap.amounts),
            )
            for cap in document.caps
        ),
        overrides={
            day.toordinal() - _EPOCH_ORDINAL: CLASS_NAMES.index(name)
            for day, name in overrides.items()
        },
        vehicles=frozenset().union(*(window.vehicles or () for window in windows)),
        anchored=any(window.anchored for window in windows),
    )


def _window(element: Element, default_anchor: str | None) -> Window:
    when = element.when
    times = (when and when.time) or ["00:00", "24:00"]
    classes = when and when.day_class
    vehicles = when and when.vehicle
    anchor = (when and when.anchor) or element.anchor or default_anchor
    return Window(
        start=_minute(times[0]),
        end=_minute(times[1]),
        classes=frozenset(CLASS_NAMES.index(name) for name in classes) if classes else None,
        vehicles=frozenset(vehicles) if vehicles else None,
        anchored=anchor == "window_start",
    )


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _ladder(element: Element) -> tuple[Step, ...]:
    steps: list[Step] = []
    low = 0
    for step in element.steps:
        high = step.upto or OPEN
        unit = step.unit or 0
        price = (step.price if step.flat is None else step.flat) or 0
        steps.append(Step(low, high, unit, price, step.per or unit, step.round == "down"))
        low = high
    return tuple(steps)
