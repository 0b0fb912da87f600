"""The minutes of a stay that no permit covers, joined to one sequence (rule 12).

A position counts uncovered minutes from 0; a minute is an instant in minutes since 1970-01-01 UTC.
The two differ by the covered minutes that lie between.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from pricing.errors import StayError
from pricing.local_time import since_epoch

Span = tuple[datetime, datetime]
_MINUTE = timedelta(minutes=1)


class Billable(NamedTuple):
    """The uncovered minutes of a stay.

    Attributes:
        spans: the uncovered stretches [start, end) in minutes, in order and apart.
        starts: the position at which each span begins.
        minutes: how many minutes are uncovered.
    """

    spans: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    minutes: int

    @property
    def first(self) -> int:
        """The first uncovered minute."""
        return self.spans[0][0]

    def minute_at(self, position: int) -> int:
        """Return the minute at a position; positions after the last span continue it."""
        index = bisect_right(self.starts, position) - 1
        return self.spans[index][0] + position - self.starts[index]

    def position_of(self, minute: int) -> int:
        """Return the position of the first uncovered minute at or after a minute."""
        for (start, end), position in zip(self.spans, self.starts, strict=True):
            if minute < end:
                return position + max(0, minute - start)
        return self.minutes


def whole_stay(origin: int, minutes: int) -> Billable:
    """Return the minutes of a stay without cover."""
    return Billable(((origin, origin + minutes),), (0,), minutes)


def without_cover(origin: int, minutes: int, covered: Iterable[tuple[int, int]]) -> Billable:
    """Return the minutes of a stay that lie in none of the covered spans."""
    spans = []
    reached, end = origin, origin + minutes
    for start, stop in sorted(covered):
        if start >= end:
            break
        if start > reached:
            spans.append((reached, start))
        reached = max(reached, stop)
    if reached < end:
        spans.append((reached, end))
    lengths = [stop - start for start, stop in spans]
    starts = tuple(accumulate(lengths, initial=0))[:-1]
    return Billable(tuple(spans), starts, sum(lengths))


def covered_minutes(covered: Iterable[Span]) -> list[tuple[int, int]]:
    """Return spans of time in minutes, each end cut to its minute as an entry is (rule 1).

    Raises:
        StayError: an instant has no time zone or an impossible year, or a span ends before it
            begins; the path names the span, such as ``covered[1][0]``.
    """
    spans = []
    for number, (begins, ends) in enumerate(covered):
        at = f"covered[{number}]"
        start, end = since_epoch(begins, f"{at}[0]"), since_epoch(ends, f"{at}[1]")
        if end < start:
            raise StayError(f"{at}[1]", f"is before {at}[0]; a span ends no earlier than it begins")
        spans.append((start // _MINUTE, end // _MINUTE))
    return spans
