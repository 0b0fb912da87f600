"""Erase evidence past its period; its digest stays, so that a copy can still be checked."""

from collections import Counter

from django.db import transaction
from django.db.models.fields.json import KT

from core import photos
from core.jobs import every, report_progress
from core.retention import Scope, Sweep
from incidents.models import Evidence
from incidents.retention import EVIDENCE

_SCOPE = Scope(site="incident__site", at="taken_at", plate="named_plate", incident="incident")
_BATCH_SIZE = 200


@every(minutes=720)
def erase_evidence() -> int:
    """Erase pictures and values of incidents that ended long ago; return how many pieces."""
    rows = Evidence.objects.filter(erased=False).alias(named_plate=KT("values__plate"))
    sweep = Sweep(EVIDENCE, rows, _SCOPE, "incident__ended_at")
    while _erase_batch(sweep):
        report_progress()
    return sweep.record()


def erase_pieces(images: dict[int, str]) -> int:
    """Erase pieces in the caller's transaction; return how many.

    Photos are deleted before the commit: after a crash between the two they would stay for ever.

    Args:
        images: the pieces' keys with the paths of their pictures, empty without one.
    """
    for image in filter(None, images.values()):
        photos.delete(image)
    return Evidence.objects.filter(pk__in=images).update(image="", values={}, erased=True)


@transaction.atomic
def _erase_batch(sweep: Sweep) -> int:
    due = list(sweep.due().values_list("pk", "image", "incident__site")[:_BATCH_SIZE])
    sweep.count(Counter(site for _pk, _image, site in due))
    return erase_pieces({pk: image for pk, image, _site in due})
