"""The charges of a stay, from its timeline: segments, steps and units (rules 4 to 9)."""

from dataclasses import dataclass
from typing import NamedTuple

from pricing.errors import StayError
from pricing.free import FreeTime
from pricing.tariff import UNCOVERED, Step, Tariff
from pricing.timeline import Cycle, Run, Timeline


class Place(NamedTuple):
    """The position of a charge in the tariff: segment, element and step, all counted from 0.

    `own_segment` counts only the segments of the same element.
    """

    segment: int
    own_segment: int
    element: int
    step: int


@dataclass(slots=True)
class Charge:
    """Units of one segment, one step and one set of cap windows; rounded once (rule 9).

    `day` and `day24` number the cap windows by calendar day and by 24 hours from the billed
    entry. One unit costs `numerator` / `per` minor units.
    """

    place: Place
    start: int
    end: int
    units: int
    numerator: int
    per: int
    day: int
    day24: int

    @property
    def amount(self) -> int:
        """The charge in minor units, rounded half up."""
        return (2 * self.units * self.numerator + self.per) // (2 * self.per)


class Meter:
    """Calculates the charges of one stay.

    After `run`, `charges` are in order of time and `billed` is the number of minutes that fell
    under an element and were not free.
    """

    def __init__(self, tariff: Tariff, timeline: Timeline) -> None:
        self.tariff = tariff
        self.timeline = timeline
        self.charges: list[Charge] = []
        self.billed = 0
        self._mode = tariff.boundary
        self._by_cycle = tariff.ladder_by_cycle
        self._segments = 0
        self._own_segments: dict[int, int] = {}

    def run(self, free: FreeTime) -> None:
        """Bill the stay but what is free of it."""
        clock = free.from_start
        for index, cycle in enumerate(self.timeline.cycles):
            if index in free.cycles:
                continue
            for run in self._runs_of(cycle):
                start = max(run.start, clock)
                if start < run.end and self._is_covered(run, start):
                    clock = self._bill_segment(cycle, Run(start, run.end, run.element))
        if self._mode == "total" and self.charges:
            self._round_total()

    def _runs_of(self, cycle: Cycle) -> tuple[Run, ...]:
        if self._mode != "entry":
            return cycle.runs
        return (Run(cycle.start, cycle.end, cycle.runs[0].element),)

    def _is_covered(self, run: Run, start: int) -> bool:
        if run.element != UNCOVERED:
            return True
        if self.tariff.uncovered_is_free:
            return False
        raise StayError(
            "vehicle",
            f"no element of {self.tariff.label} covers minute {start} of this stay for this "
            "vehicle type; add an element without vehicle, or name a type the tariff knows",
        )

    def _bill_segment(self, cycle: Cycle, run: Run) -> int:
        """Bill one segment; returns the minute at which the next one may begin."""
        number, own = self._segments, self._own_segments.get(run.element, 0)
        self._segments = number + 1
        self._own_segments[run.element] = own + 1
        self.billed += run.end - run.start
        # Ladder position 0 lies at the segment's own start or at the cycle's (rule 5).
        zero = cycle.start if self._by_cycle else run.start
        clock = run.end
        for index, step in enumerate(self.tariff.ladders[run.element]):
            start, end = max(run.start, zero + step.low), min(run.end, zero + step.high)
            if start < end:
                place = Place(number, own, run.element, index)
                clock = self._bill_step(place, step, start, end, zero + step.high)
        return clock

    def _bill_step(self, place: Place, step: Step, start: int, end: int, step_end: int) -> int:
        """Bill the part [start, end) of a segment in one step; returns where its units end."""
        if not step.unit:
            self._add_units(place, step, start, end, 1, end - start)
            return end
        if self._mode == "total":
            self._add_units(place, step, start, end, end - start, 1)
            return end
        if self._mode == "carry":
            # A unit running at the segment's edge goes on, at the latest to the end of its step.
            end = min(step_end, start - (start - end) // step.unit * step.unit)
        elapsed = min(end, self.timeline.billable.minutes) - start
        units = elapsed // step.unit if step.down else -(-elapsed // step.unit)
        self._add_units(place, step, start, start + elapsed, units, step.unit)
        return end

    def _add_units(
        self, place: Place, step: Step, start: int, end: int, units: int, unit: int
    ) -> None:
        """Share units of `unit` minutes out over the cap windows that they start in (rule 8)."""
        numerator, per = (step.price * unit, step.per) if step.unit else (step.price, 1)
        edges = self.timeline.edges
        while units:
            stretch = edges.stretch(start)
            until = edges.end(stretch)
            count = units if until is None else min(units, -((start - until) // unit))
            after = start + count * unit
            self.charges.append(
                Charge(
                    place, start, min(after, end), count, numerator, per, *edges.numbers[stretch]
                )
            )
            start = after
            units -= count

    def _round_total(self) -> None:
        """Round the minutes of the whole stay up to the last step's unit, at its price (rule 7)."""
        last = self.charges[-1]
        unit = self.tariff.ladders[last.place.element][last.place.step].unit
        if unit:
            last.units += -self.billed % unit
