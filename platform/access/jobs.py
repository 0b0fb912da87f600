"""What access does on a clock: it forgets what may not be kept (specification, R5)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from access.models import Decision, Passage, PlateRead
from core import clock, photos
from core.jobs import every

_AT_ONCE = 500


@every(minutes=60)
def forget_passages() -> int:
    """Shred the photos and plates of passages past their time; return how many.

    The passage itself stays for the counts, without plate or photo: its reads and the plate in
    its decisions go. A stay keeps its own plate, as its bill does.
    """
    forgotten = 0
    while batch := _forget_some():
        forgotten += batch
    _shred_strays()
    return forgotten


@transaction.atomic
def _forget_some() -> int:
    evidence_before = clock.now() - timedelta(days=settings.EVIDENCE_DAYS)
    over = Passage.objects.filter(received_at__lt=_time_is_over(), forgotten=False).filter(
        Q(evidence=False) | Q(received_at__lt=evidence_before)
    )
    passages = over.select_for_update(skip_locked=True)[:_AT_ONCE]
    images = dict(passages.values_list("pk", "image"))
    PlateRead.objects.filter(passage__in=images).delete()
    Decision.objects.filter(passage__in=images).update(plate="", facts={}, trace=[])
    Passage.objects.filter(pk__in=images).update(plate="", folded="", image="", forgotten=True)
    for image in filter(None, images.values()):
        photos.delete(image)
    return len(images)


def _shred_strays() -> None:
    """Shred the photos that no passage has: their message was refused after they were kept."""
    for day, names in photos.days_before(_time_is_over()):
        of_day = Passage.objects.filter(
            forgotten=False, received_at__gte=day, received_at__lt=day + photos.ONE_DAY
        )
        for name in set(names).difference(of_day.values_list("image", flat=True)):
            photos.delete(name)


def _time_is_over() -> datetime:
    return clock.now() - timedelta(days=settings.PASSAGE_DAYS)
