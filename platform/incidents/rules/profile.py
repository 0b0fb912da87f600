"""The times of a week in which a rule raises alarms."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TimeProfile:
    """Days of the week and a time of day, by the clock of a site.

    Attributes:
        days: 0 for Monday to 6 for Sunday, at least one: the days on which the time begins.
        begins: time of day.
        ends: time of day; not after ``begins``, it is that of the next day.
        zone: name of the time zone.
    """

    days: frozenset[int]
    begins: time
    ends: time
    zone: str

    def contains(self, at: datetime) -> bool:
        """Whether the instant is in one of the times."""
        local = at.astimezone(ZoneInfo(self.zone))
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        now = local.time()
        if self.begins < self.ends:
            return today in self.days and self.begins <= now < self.ends
        return (today in self.days and now >= self.begins) or (
            yesterday in self.days and now < self.ends
        )

    def next_change(self, after: datetime) -> datetime:
        """Return the first later instant at which a time begins or ends.

        It may be one at which nothing changes, such as the beginning of a day that is left out.
        """
        zone = ZoneInfo(self.zone)
        day = after.astimezone(zone).date()
        instants = (
            datetime.combine(day + offset * _DAY, clock, zone).astimezone(UTC)
            for offset in range(3)
            for clock in (self.begins, self.ends)
        )
        return min(instant for instant in instants if instant > after)
