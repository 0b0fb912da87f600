"""The regular care of telemetry's tables, the same on plain PostgreSQL and on TimescaleDB."""

from datetime import timedelta

from django.conf import settings

from core import clock
from core.jobs import every
from devices.telemetry import partitions, rollups
from devices.telemetry.levels import HOUR, LEVELS, MINUTE, RAW_TABLE

# From then on a day's rows lie series by series; where TimescaleDB is, in its columnstore.
TIDY_AFTER = timedelta(days=7)


@every(minutes=1)
def roll_up() -> None:
    """Bring the roll-ups up to a minute ago."""
    rollups.roll_up()


@every(minutes=6 * 60)
def keep_days() -> None:
    """Make the coming days' partitions, drop what is kept no longer, and tidy what is over."""
    now = clock.now()
    for table in (RAW_TABLE, MINUTE.table):
        partitions.make_days(now.date(), table)
    partitions.drop_days(now - timedelta(days=settings.TELEMETRY_KEEP_DAYS))
    for level in LEVELS:
        partitions.drop_days(now - level.keep, level.table)
    for table in (RAW_TABLE, MINUTE.table, HOUR.table):
        partitions.tidy_days(now - TIDY_AFTER, table)
