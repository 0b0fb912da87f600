"""Scheduled jobs: delete personal data past its retention period (specification, R5)."""

from datetime import timedelta

from django.db import transaction

from core import clock
from core.jobs import every
from incidents.alarms.timers import watch_added_devices
from incidents.models import Occurrence, WatchEntry

__all__ = ["redact_incidents", "watch_added_devices"]

RETENTION = timedelta(days=180)


@every(minutes=720)
@transaction.atomic
def redact_incidents() -> int:
    """Delete the details of occurrences and the plates of watch-list entries that ended long ago.

    The legal basis, the review and the outcome stay on record.

    Returns:
        The number of occurrences and entries that were changed.
    """
    before = clock.now() - RETENTION
    occurrences = Occurrence.objects.filter(incident__ended_at__lt=before).exclude(detail={})
    entries = WatchEntry.objects.filter(ends_at__lt=before).exclude(plate="")
    entries = entries.exclude(incidents__ended_at__gte=before).exclude(
        incidents__isnull=False, incidents__ended_at=None
    )
    return occurrences.update(detail={}) + entries.update(plate="", folded="")
