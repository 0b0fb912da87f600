"""Which tables a curve is read from, so that it takes at most so many rows.

A curve of hours up to now is made of the hours that are over, of the minutes since the last of
them, and of the measurements since the last minute that is rolled up; one of days has the hours of
today before those. How many the measurements are is not known beforehand, so they are counted:
that reads them twice.
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
    """What one point of a curve stands for."""

    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a span, and the table that answers it.

    Attributes:
        level: of the roll-up; None for the measurements themselves.
        begin: its first instant.
        end: the first instant after it.
    """

    level: Level | None
    begin: datetime
    end: datetime

    @property
    def table(self) -> str:
        """Where its rows are."""
        return self.level.table if self.level else RAW_TABLE

    @property
    def rows(self) -> int:
        """How many rows of a roll-up it holds at most; 0 for measurements."""
        return (self.end - self.begin) // self.level.width if self.level else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How a curve is read.

    Attributes:
        level: which roll-up it is made of.
        width: of a bucket.
        pieces: what is read, one after the other.
    """

    level: Level
    width: timedelta
    pieces: tuple[Piece, ...]

    @property
    def resolution(self) -> Resolution:
        """What one point stands for."""
        return Resolution(self.level.name)

    @property
    def rows(self) -> int:
        """How many rows of roll-ups it reads at most, of each series."""
        return sum(piece.rows for piece in self.pieces)

    @property
    def buckets(self) -> int:
        """How many points it gives at most, of each series."""
        return (self.pieces[-1].end - self.pieces[0].begin) // self.width


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, and what the answer depends on.

    Attributes:
        begin: the span's first instant.
        end: the first instant after it.
        points: how many rows may be read, at least 2.
        done: up to when everything is rolled up; None before the first time.
        young: how many measurements of a series there are after that.
        now: the present instant.
    """

    begin: datetime
    end: datetime
    points: int
    done: datetime | None
    young: int
    now: datetime


def choose(asked: Question) -> Plan:
    """Return the finest plan for the span that reads at most so many rows of a series.

    Its buckets are whole: the first may begin before the span, the last end after it. A roll-up
    that is kept no longer than after the span's beginning is left out. Where the measurements
    that are not rolled up yet are too many already, it gives at most so many points instead; and a
    span of more days than points gets buckets of 2, 4, 8… days, which are read day by day.
    """
    plans = [_plan(level, level.width, asked) for level in LEVELS if _is_retained(level, asked)]
    fit = [plan for plan in plans if plan.buckets <= asked.points]
    for plan in fit:
        if plan.rows + 2 * asked.young <= asked.points:
            return plan
    return fit[0] if fit else _plan(DAY, _days_wide(asked), asked)


def _is_retained(level: Level, asked: Question) -> bool:
    return level is DAY or asked.begin >= asked.now - level.retention


def _plan(level: Level, width: timedelta, asked: Question) -> Plan:
    begin, end = floor(asked.begin, width), ceil(asked.end, width)
    return Plan(level, width, tuple(_pieces(level, begin, end, asked.done or MIN_TIME)))


def _pieces(level: Level, begin: datetime, end: datetime, done: datetime) -> Iterator[Piece]:
    for each in (DAY, HOUR, MINUTE):
        stop = min(end, each.floor(done))
        if each.width <= level.width and begin < stop:
            yield Piece(each, begin, stop)
            begin = stop
    if begin < end:
        yield Piece(None, begin, end)


def _days_wide(asked: Question) -> timedelta:
    """Return the width, a day or 2, 4, 8… of them, at which the span touches few enough."""
    widths = (DAY.width * 2**n for n in count())
    return next(
        width
        for width in widths
        if (ceil(asked.end, width) - floor(asked.begin, width)) // width <= asked.points
    )
