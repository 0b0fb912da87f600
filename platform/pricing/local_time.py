"""Local time by spans: the stretches over which a zone's offset does not change.

Instants are whole minutes since 1970-01-01 00:00 UTC; a local minute is the instant plus the
offset, so within one stretch local time is plain integer arithmetic.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pricing.errors import StayError

_BLOCK_BITS = 19  # a block of 2**19 minutes is about a year
_DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1970, 3000)


def since_epoch(moment: datetime, at: str) -> timedelta:
    """Return an instant as the time since 1970, which compares and subtracts right across DST.

    Two datetimes of one zone would subtract by their wall clocks. Raises `StayError` at `at`.
    """
    if moment.utcoffset() is None:
        raise StayError(at, "has no time zone; add its offset, such as +01:00 or Z")
    if moment.year not in _YEARS:
        raise StayError(at, "is not between the years 1970 and 2999; check the date")
    return moment - _EPOCH


def spans(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Cut [start, end) into (start, end, offset in minutes) where the offset changes."""
    for number in range(start >> _BLOCK_BITS, ((end - 1) >> _BLOCK_BITS) + 1):
        marks = _offsets(zone, number)
        index = bisect_right(marks, (start, _DAY)) - 1
        while index < len(marks) and marks[index][0] < end:
            following = (
                marks[index + 1][0] if index + 1 < len(marks) else (number + 1) << _BLOCK_BITS
            )
            yield start, min(end, following), marks[index][1]
            start = min(end, following)
            index += 1
            if start == end:
                return


def local_days(zone: ZoneInfo, start: int, end: int) -> list[tuple[int, int]]:
    """Cut [start, end) where the local date changes; a date that lasts 23 hours is one piece."""
    pieces: list[tuple[int, int]] = []
    last = None
    for first, stop, offset in spans(zone, start, end):
        while first < stop:
            day, minute = divmod(first + offset, _DAY)
            until = min(stop, first + _DAY - minute)
            begins = pieces.pop()[0] if day == last else first
            pieces.append((begins, until))
            first, last = until, day
    return pieces


@lru_cache(maxsize=8192)
def _offsets(zone: ZoneInfo, number: int) -> tuple[tuple[int, int], ...]:
    """Return one block's offsets as (first minute, offset): sampled daily, then bisected."""
    at = number << _BLOCK_BITS
    end = (number + 1) << _BLOCK_BITS
    marks = [(at, offset_at(zone, at))]
    while at < end:
        later = min(at + _DAY, end)
        if offset_at(zone, later) != marks[-1][1]:
            change = _first_change(zone, at, later)
            if change < end:
                marks.append((change, offset_at(zone, change)))
        at = later
    return tuple(marks)


def _first_change(zone: ZoneInfo, before: int, after: int) -> int:
    old = offset_at(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if offset_at(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def offset_at(zone: ZoneInfo, minute: int) -> int:
    """The zone's offset from UTC at an instant, in whole minutes."""
    offset = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone).utcoffset()
    # A zone always has an offset; the check narrows the type.
    return 0 if offset is None else (offset.days * 86_400 + offset.seconds) // 60
