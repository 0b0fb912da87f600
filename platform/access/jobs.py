"""Scheduled jobs: delete plates and photos past their retention period (specification, R5)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from access import retention
from access.models import Movement, Passage
from access.redaction import redact
from core import clock, photos
from core.jobs import every

_BATCH_SIZE = 500


@every(minutes=60)
def redact_passages() -> int:
    """Delete plates and photos of passages past their retention period; return how many passages.

    The passage stays for the statistics, without its photo, reads, movements and plate, which is
    removed from its decisions too. A stay keeps its own plate, as its bill does. Passages that are
    still needed, such as those of a stay that is not settled, are redacted once they are not.
    """
    redacted = 0
    while batch := _redact_batch():
        redacted += batch
    Movement.objects.filter(passage=None, received_at__lt=_retention_limit()).delete()
    _delete_orphaned_photos()
    return redacted


@transaction.atomic
def _redact_batch() -> int:
    evidence_before = clock.now() - timedelta(days=settings.EVIDENCE_DAYS)
    expired = Passage.objects.filter(received_at__lt=_retention_limit(), redacted=False).filter(
        Q(evidence=False) | Q(received_at__lt=evidence_before)
    )
    expired = expired.exclude(retention.is_needed())
    passages = expired.select_for_update(of=("self",), skip_locked=True)[:_BATCH_SIZE]
    images = dict(passages.values_list("pk", "image"))
    return redact(images)


def _delete_orphaned_photos() -> None:
    """Delete old photos without a passage, left behind when their message's transaction failed."""
    for day, names in photos.days_before(_retention_limit()):
        of_day = Passage.objects.filter(
            redacted=False, received_at__gte=day, received_at__lt=day + photos.ONE_DAY
        )
        for name in set(names).difference(of_day.values_list("image", flat=True)):
            photos.delete(name)


def _retention_limit() -> datetime:
    return clock.now() - timedelta(days=settings.PASSAGE_DAYS)
