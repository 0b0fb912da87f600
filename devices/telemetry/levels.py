"""The roll-up levels: minutes, hours and days of UTC, each built from the finer one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

RAW_TABLE = "telemetry_measurement"
ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
MIN_TIME = datetime.min.replace(tzinfo=UTC)  # earlier than any measurement


@dataclass(frozen=True, slots=True)
class Level:
    """One roll-up level; a row holds count, sum, low and high of one time bucket.

    Attributes:
        name: minute, hour or day.
        width: of a bucket; buckets start at whole multiples of it since 2000-01-01 UTC.
        setting: name of the setting with the retention in days.
        chunk_interval: time span of one TimescaleDB chunk of the level.
    """

    name: str
    width: timedelta
    setting: str
    chunk_interval: timedelta

    @property
    def table(self) -> str:
        """Table or continuous aggregate that holds the level."""
        return f"telemetry_{self.name}"

    @property
    def retention(self) -> timedelta:
        """How long rows of the level are kept."""
        return timedelta(days=getattr(settings, self.setting))

    def floor(self, at: datetime) -> datetime:
        """Return the start of the bucket that contains the instant."""
        return floor(at, self.width)

    def ceil(self, at: datetime) -> datetime:
        """Return the first bucket start that is not before the instant."""
        return ceil(at, self.width)


# A chunk is dropped and compressed as a whole, so its span is a small part of the retention, and
# large enough that ten years of days are 10 chunks instead of 365.
MINUTE = Level("minute", timedelta(minutes=1), "TELEMETRY_MINUTE_DAYS", timedelta(days=7))
HOUR = Level("hour", timedelta(hours=1), "TELEMETRY_HOUR_DAYS", timedelta(days=60))
DAY = Level("day", timedelta(days=1), "TELEMETRY_DAY_DAYS", timedelta(days=365))
LEVELS = (MINUTE, HOUR, DAY)  # each is built from the one before it


def floor(at: datetime, width: timedelta) -> datetime:
    """Return the start of the bucket of that width that contains the instant."""
    return (at - ORIGIN) // width * width + ORIGIN


def ceil(at: datetime, width: timedelta) -> datetime:
    """Return the first start of a bucket of that width that is not before the instant."""
    return -(-(at - ORIGIN) // width) * width + ORIGIN
