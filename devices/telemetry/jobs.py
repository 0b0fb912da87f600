"""The regular care of the measurement table."""

from datetime import timedelta

from django.conf import settings

from core import clock
from core.jobs import every
from devices.telemetry import partitions


@every(minutes=6 * 60)
def keep_days() -> None:
    """Make the coming days' partitions, and drop the days that are kept no longer."""
    now = clock.now()
    partitions.make_days(now.date())
    partitions.drop_days(now - timedelta(days=settings.TELEMETRY_KEEP_DAYS))
