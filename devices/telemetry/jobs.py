"""Periodic maintenance of the telemetry tables, on plain PostgreSQL and on TimescaleDB."""

from datetime import timedelta

from django.conf import settings

from core import clock
from core.jobs import every
from devices.telemetry import partitions, rollups
from devices.telemetry.levels import HOUR, LEVELS, MINUTE, RAW_TABLE

# Past days are compacted after this time, when most late rows have arrived.
COMPACT_AFTER = timedelta(days=7)


@every(minutes=1)
def roll_up() -> None:
    """Bring the roll-ups up to a minute ago."""
    rollups.roll_up()


@every(minutes=6 * 60)
def maintain_partitions() -> None:
    """Create coming partitions, drop what is past its retention, compact past days."""
    now = clock.now()
    for table in (RAW_TABLE, MINUTE.table):
        partitions.create_partitions(now.date(), table)
    partitions.drop_expired(now - timedelta(days=settings.TELEMETRY_KEEP_DAYS))
    for level in LEVELS:
        partitions.drop_expired(now - level.retention, level.table)
    for table in (RAW_TABLE, MINUTE.table, HOUR.table):
        partitions.compact(now - COMPACT_AFTER, table)
