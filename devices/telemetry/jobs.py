"""The daily care of the measurement table."""

from datetime import timedelta

from django.conf import settings

from core import clock
from devices.telemetry import partitions


def keep_days() -> None:
    """Make the coming days' partitions, and drop the days that are kept no longer."""
    now = clock.now()
    partitions.make_days(now.date())
    partitions.drop_days(now - timedelta(days=settings.TELEMETRY_KEEP_DAYS))
