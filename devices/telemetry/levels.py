"""The widths in which telemetry is kept: minutes, hours and days of UTC, each made of the finer."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

RAW_TABLE = "telemetry_measurement"
ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)  # before all that was ever measured


@dataclass(frozen=True, slots=True)
class Level:
    """One roll-up: each row tells count, sum, low and high of one bucket of time.

    Attributes:
        name: minute, hour or day.
        width: of a bucket; buckets begin at whole multiples of it since 2000-01-01 UTC.
        setting: the name of the setting that says how many days of it are kept.
    """

    name: str
    width: timedelta
    setting: str

    @property
    def table(self) -> str:
        """Where its rows lie, on plain PostgreSQL and on TimescaleDB."""
        return f"telemetry_{self.name}"

    @property
    def keep(self) -> timedelta:
        """How long its rows are kept."""
        return timedelta(days=getattr(settings, self.setting))

    def floor(self, at: datetime) -> datetime:
        """Return the beginning of the bucket that holds that instant."""
        return floor(at, self.width)

    def ceil(self, at: datetime) -> datetime:
        """Return the first beginning of a bucket that is not before that instant."""
        return ceil(at, self.width)


MINUTE = Level("minute", timedelta(minutes=1), "TELEMETRY_MINUTE_DAYS")
HOUR = Level("hour", timedelta(hours=1), "TELEMETRY_HOUR_DAYS")
DAY = Level("day", timedelta(days=1), "TELEMETRY_DAY_DAYS")
LEVELS = (MINUTE, HOUR, DAY)  # each is made of the one before it


def floor(at: datetime, width: timedelta) -> datetime:
    """Return the beginning of the bucket of that width that holds the instant."""
    return (at - ORIGIN) // width * width + ORIGIN


def ceil(at: datetime, width: timedelta) -> datetime:
    """Return the first beginning of a bucket of that width that is not before the instant."""
    return -(-(at - ORIGIN) // width) * width + ORIGIN
