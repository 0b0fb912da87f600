"""When a wall-clock time comes next in a timezone. Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LocalTime:
    """A time of day, each day or on one day of each month.

    Where the clocks go forward over it, it is the first instant after the gap; where they go back
    over it, the first of the two.
    """

    at: time
    day_of_month: int | None = None

    def instant(self, day: date, zone: tzinfo) -> datetime:
        """Return the instant (UTC) of this time on that local date."""
        wall = datetime.combine(day, self.at)
        before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if before.astimezone(zone).replace(tzinfo=None) == wall:
            return before
        # In a gap, fold=0 counts with the offset before the change and fold=1 with the one after
        # it, so the change itself lies between the two results.
        return _offset_change(after, before, zone)

    def last_day(self, now: datetime, zone: tzinfo) -> date:
        """Return the latest local date on which this time is not after `now`."""
        day = now.astimezone(zone).date() + ONE_DAY
        while not self._is_day(day) or self.instant(day, zone) > now:
            day -= ONE_DAY
        return day

    def next_instant(self, after: date, zone: tzinfo) -> datetime:
        """Return the instant (UTC) of the first occurrence on a local date after this one."""
        day = after + ONE_DAY
        while not self._is_day(day):
            day += ONE_DAY
        return self.instant(day, zone)

    def _is_day(self, day: date) -> bool:
        return self.day_of_month in (None, day.day)


def _offset_change(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """Find, to the second, when the offset between two UTC instants changes."""
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high
