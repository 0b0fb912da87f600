"""The minutes of a stay laid out: cycles, runs of one element, and cap windows.

Positions count the uncovered minutes of the stay from 0 (rule 12). Without cover, position i is
the minute e0+i (rule 1).
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pricing.cover import Billable
from pricing.local_time import spans
from pricing.tariff import DAY, Tariff


class DaySlice(NamedTuple):
    """A stretch [start, end) within one local date and one UTC offset.

    `day` counts from 1970-01-01; `minute` is the local minute of the day at `start`.
    """

    start: int
    end: int
    day: int
    minute: int


class Run(NamedTuple):
    """A stretch [start, end) under one element (an index, or `UNCOVERED`)."""

    start: int
    end: int
    element: int


class Cycle(NamedTuple):
    """A ladder cycle (rule 3) with the runs inside it."""

    start: int
    end: int
    runs: tuple[Run, ...]


class CapEdges(NamedTuple):
    """Where a `day` or `24h` cap window begins; windows count from the billed entry.

    `starts` is ascending from 0; `numbers` holds (day window, 24h window) from each start on.
    """

    starts: list[int]
    numbers: list[tuple[int, int]]

    def stretch(self, minute: int) -> int:
        """The number of the stretch that a minute falls in."""
        return bisect_right(self.starts, minute) - 1

    def end(self, stretch: int) -> int | None:
        """Where a stretch ends, None for the last."""
        return self.starts[stretch + 1] if stretch + 1 < len(self.starts) else None


class Timeline(NamedTuple):
    """The uncovered minutes of a stay, in ladder cycles and cap windows."""

    billable: Billable
    cycles: tuple[Cycle, ...]
    edges: CapEdges


def lay_out(tariff: Tariff, vehicle: str | None, billable: Billable) -> Timeline:
    """Lay out a stay by jumping from boundary to boundary."""
    slices = tuple(_day_slices(tariff, billable))
    runs = _runs(tariff, vehicle, slices)
    cycles = tuple(_cycles(runs, _cycle_starts(tariff, slices, billable), billable.minutes))
    return Timeline(billable, cycles, _cap_edges(tariff, slices, billable))


def _day_slices(tariff: Tariff, billable: Billable) -> Iterator[DaySlice]:
    for (first, last), position in zip(billable.spans, billable.starts, strict=True):
        shift = position - first
        for start, end, offset in spans(tariff.zone, first, last):
            at = start
            while at < end:
                day, minute = divmod(at + offset, DAY)
                stop = min(end, at + DAY - minute)
                yield DaySlice(at + shift, stop + shift, day, minute)
                at = stop


def _runs(tariff: Tariff, vehicle: str | None, slices: Sequence[DaySlice]) -> list[Run]:
    runs: list[Run] = []
    for piece in slices:
        midnight = piece.start - piece.minute
        for stop, element in tariff.plan(vehicle, piece.day):
            end = min(piece.end, midnight + stop)
            start = runs[-1].end if runs else 0
            if end <= start:
                continue
            if runs and runs[-1].element == element:
                start = runs.pop().start
            runs.append(Run(start, end, element))
            if end == piece.end:
                break
    return runs


def _cycle_starts(tariff: Tariff, slices: Sequence[DaySlice], billable: Billable) -> list[int]:
    if tariff.ladder_reset == "24h":
        return [start for start, _ in _windows_of_24h(billable)]
    return [0, *_midnights(slices)] if tariff.ladder_reset == "day" else [0]


def _windows_of_24h(billable: Billable) -> list[tuple[int, int]]:
    """Return where each 24 hours begin, and their number.

    They go by the clock from the first uncovered minute; a window that is covered whole has no
    position and is left out.
    """
    if len(billable.spans) == 1:
        return [(start, start // DAY) for start in range(0, billable.minutes, DAY)]
    windows: list[tuple[int, int]] = []
    following = billable.first
    for (start, end), position in zip(billable.spans, billable.starts, strict=True):
        at = start
        if following <= start:
            following += (start - following) // DAY * DAY
        while at < end:
            if at >= following:
                windows.append((position + at - start, (following - billable.first) // DAY))
                following += DAY
            at = max(at, following)
    return windows


def _midnights(slices: Sequence[DaySlice]) -> list[int]:
    """Where the local date changes; a clock put back over midnight does not begin a date twice."""
    return [later.start for earlier, later in pairwise(slices) if later.day != earlier.day]


def _cycles(runs: Sequence[Run], starts: Sequence[int], minutes: int) -> Iterator[Cycle]:
    first = 0
    for start, end in pairwise([*starts, minutes]):
        while runs[first].end <= start:
            first += 1
        inside: list[Run] = []
        index = first
        while index < len(runs) and runs[index].start < end:
            run = runs[index]
            inside.append(Run(max(run.start, start), min(run.end, end), run.element))
            index += 1
        yield Cycle(start, end, tuple(inside))


def _cap_edges(tariff: Tariff, slices: Sequence[DaySlice], billable: Billable) -> CapEdges:
    kinds = {cap.window for cap in tariff.caps}
    days = {0: 0}
    if "day" in kinds:
        days |= {piece.start: piece.day - slices[0].day for piece in slices}
    whole_days = dict(_windows_of_24h(billable)) if "24h" in kinds else {0: 0}
    numbers = []
    day = day24 = 0
    starts = sorted(days.keys() | whole_days.keys())
    for start in starts:
        day, day24 = days.get(start, day), whole_days.get(start, day24)
        numbers.append((day, day24))
    return CapEdges(starts, numbers)
