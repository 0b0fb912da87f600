"""The minutes of a stay laid out: cycles, runs of one element, and cap windows.

Positions are minutes since the billed entry (rule 1): minute i covers e0+i.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

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
    """A stay of `minutes` whole minutes from `origin` (minutes since 1970-01-01 UTC)."""

    origin: int
    minutes: int
    cycles: tuple[Cycle, ...]
    edges: CapEdges


def lay_out(tariff: Tariff, vehicle: str | None, origin: int, minutes: int) -> Timeline:
    """Lay out a stay by jumping from boundary to boundary."""
    slices = tuple(_day_slices(tariff, origin, minutes))
    runs = _runs(tariff, vehicle, slices)
    cycles = tuple(_cycles(runs, _cycle_starts(tariff, slices, minutes), minutes))
    return Timeline(origin, minutes, cycles, _cap_edges(tariff, slices, minutes))


def _day_slices(tariff: Tariff, origin: int, minutes: int) -> Iterator[DaySlice]:
    for start, end, offset in spans(tariff.zone, origin, origin + minutes):
        at = start
        while at < end:
            day, minute = divmod(at + offset, DAY)
            stop = min(end, at + DAY - minute)
            yield DaySlice(at - origin, stop - origin, day, minute)
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


def _cycle_starts(tariff: Tariff, slices: Sequence[DaySlice], minutes: int) -> list[int]:
    if tariff.ladder_reset == "24h":
        return list(range(0, minutes, DAY))
    return [0, *_midnights(slices)] if tariff.ladder_reset == "day" else [0]


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


def _cap_edges(tariff: Tariff, slices: Sequence[DaySlice], minutes: int) -> CapEdges:
    kinds = {cap.window for cap in tariff.caps}
    days = {0: 0}
    if "day" in kinds:
        days |= {piece.start: piece.day - slices[0].day for piece in slices}
    starts = sorted(days.keys() | (set(range(0, minutes, DAY)) if "24h" in kinds else set()))
    numbers = []
    day = 0
    for start in starts:
        day = days.get(start, day)
        numbers.append((day, start // DAY))
    return CapEdges(starts, numbers)
