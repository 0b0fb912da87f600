"""Choose the tables from which a curve is read, within a limit of rows.

A curve of hours up to now combines the hours that are completed, the minutes since the last of
them, and the measurements since the last minute that is rolled up; a curve of days also has today's
hours. The number of those measurements is not known beforehand, so they are counted first, which
reads them twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count

from devices.telemetry.levels import (
    DAY,
    HOUR,
    LEVELS,
    MIN_TIME,
    MINUTE,
    RAW_TABLE,
    Level,
    ceil,
    floor,
)


class Resolution(StrEnum):
    """What one point of a curve represents."""

    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a span, and the table it is read from.

    Attributes:
        level: of the roll-up; None for the measurements themselves.
        begin: first instant.
        end: first instant after it.
    """

    level: Level | None
    begin: datetime
    end: datetime

    @property
    def table(self) -> str:
        """Table of its rows."""
        return self.level.table if self.level else RAW_TABLE

    @property
    def rows(self) -> int:
        """Maximum number of roll-up rows per series; 0 for measurements."""
        return (self.end - self.begin) // self.level.width if self.level else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read a curve.

    Attributes:
        level: coarsest roll-up used.
        width: of a bucket.
        pieces: parts of the span, in order.
    """

    level: Level
    width: timedelta
    pieces: tuple[Piece, ...]

    @property
    def resolution(self) -> Resolution:
        """What one point represents."""
        return Resolution(self.level.name)

    @property
    def rows(self) -> int:
        """Maximum number of roll-up rows read per series."""
        return sum(piece.rows for piece in self.pieces)

    @property
    def buckets(self) -> int:
        """Maximum number of points per series."""
        return (self.pieces[-1].end - self.pieces[0].begin) // self.width


@dataclass(frozen=True, slots=True)
class ChartQuery:
    """The request for a chart, and the state it depends on.

    Attributes:
        begin: first instant of the span.
        end: first instant after it.
        points: maximum number of rows to read per series, at least 2.
        completed: instant up to which everything is rolled up; None before the first run.
        unrolled: measurements per series after that.
        now: current instant.
    """

    begin: datetime
    end: datetime
    points: int
    completed: datetime | None
    unrolled: int
    now: datetime


def choose(query: ChartQuery) -> Plan:
    """Choose the finest plan that reads at most ``query.points`` rows per series.

    Buckets are whole: the first may begin before the span, the last end after it. A level whose
    retention does not reach back to the start of the span is not used. Where the measurements that
    are not rolled up yet exceed the limit, the number of points is limited instead. A span with
    more days than points gets buckets of 2, 4, 8… days, for which every day is read.
    """
    plans = [_plan(level, level.width, query) for level in LEVELS if _is_retained(level, query)]
    fit = [plan for plan in plans if plan.buckets <= query.points]
    for plan in fit:
        if plan.rows + 2 * query.unrolled <= query.points:
            return plan
    return fit[0] if fit else _plan(DAY, _days_wide(query), query)


def _is_retained(level: Level, query: ChartQuery) -> bool:
    return level is DAY or query.begin >= query.now - level.retention


def _plan(level: Level, width: timedelta, query: ChartQuery) -> Plan:
    begin, end = floor(query.begin, width), ceil(query.end, width)
    return Plan(level, width, tuple(_pieces(level, begin, end, query.completed or MIN_TIME)))


def _pieces(level: Level, begin: datetime, end: datetime, completed: datetime) -> Iterator[Piece]:
    for each in (DAY, HOUR, MINUTE):
        stop = min(end, each.floor(completed))
        if each.width <= level.width and begin < stop:
            yield Piece(each, begin, stop)
            begin = stop
    if begin < end:
        yield Piece(None, begin, end)


def _days_wide(query: ChartQuery) -> timedelta:
    """Return the smallest width of 1, 2, 4, 8… days at which the span has few enough buckets."""
    widths = (DAY.width * 2**n for n in count())
    return next(
        width
        for width in widths
        if (ceil(query.end, width) - floor(query.begin, width)) // width <= query.points
    )
