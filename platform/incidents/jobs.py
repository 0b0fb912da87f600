"""What incidents do on a clock: they forget what may not be kept (specification, R5)."""

from datetime import timedelta

from django.db import transaction

from core import clock
from core.jobs import every
from incidents.models import Occurrence, WatchEntry

KEPT = timedelta(days=180)


@every(minutes=720)
@transaction.atomic
def forget_evidence() -> int:
    """Forget plates and places of incidents, and plates of watch-list entries, long since ended.

    What was looked for on which legal basis, who reviewed it and how it ended stays.

    Returns:
        How many occurrences and entries were forgotten.
    """
    before = clock.now() - KEPT
    occurrences = Occurrence.objects.filter(incident__ended_at__lt=before).exclude(detail={})
    entries = WatchEntry.objects.filter(ends_at__lt=before).exclude(plate="")
    entries = entries.exclude(incidents__ended_at__gte=before).exclude(
        incidents__isnull=False, incidents__ended_at=None
    )
    return occurrences.update(detail={}) + entries.update(plate="", folded="")
