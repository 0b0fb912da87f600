"""What access does on a clock: it forgets what may not be kept (specification, R5)."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from access import pictures
from access.models import Passage
from core import clock
from core.jobs import every

_AT_ONCE = 500


@every(minutes=60)
def forget_passages() -> int:
    """Shred the photographs and plates of passages past their time; return how many.

    The passage itself stays for the counts, without plate or picture: its reads and the plate in
    its decisions go. A stay keeps its own plate, as its bill does.
    """
    forgotten = 0
    while batch := _forget_some():
        forgotten += batch
    return forgotten


@transaction.atomic
def _forget_some() -> int:
    before = clock.now() - timedelta(days=settings.PASSAGE_DAYS)
    evidence_before = clock.now() - timedelta(days=settings.EVIDENCE_DAYS)
    over = Passage.objects.filter(received_at__lt=before, forgotten=False).filter(
        Q(evidence=False) | Q(received_at__lt=evidence_before)
    )
    passages = list(over.select_for_update(skip_locked=True)[:_AT_ONCE])
    for passage in passages:
        if passage.image:
            pictures.shred(passage.image)
        passage.reads.all().delete()
        passage.decisions.update(plate="", facts={}, trace=[])
        passage.plate = passage.folded = passage.image = ""
        passage.forgotten = True
        passage.save(update_fields=["plate", "folded", "image", "forgotten"])
    return len(passages)
