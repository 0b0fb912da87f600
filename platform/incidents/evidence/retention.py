"""Erase evidence past its period; its digest stays, so that a copy can still be checked.

Who opened which link from where is deleted later; the audit log keeps that it was opened.
"""

from collections import Counter

from django.db import transaction
from django.db.models import Case, When
from django.db.models.fields.json import KT

from core import photos
from core.jobs import every, report_progress
from core.retention import Scope, Sweep
from incidents.evidence.pieces import held_by_merger, with_holder
from incidents.models import Evidence, LinkOpening
from incidents.retention import EVIDENCE, OPENINGS

_SCOPE = Scope(site="incident__site", at="taken_at", plate="named_plate", incident="incident")
# Of the incident that goes on with a piece.
_END = Case(
    When(incident__merged_into__isnull=False, then="incident__merged_into__ended_at"),
    default="incident__ended_at",
)
_OPENINGS = Scope(site="link__incident__site", at="at", incident="link__incident")
_BATCH_SIZE = 200


@every(minutes=720)
def erase_evidence() -> int:
    """Erase pictures and values of incidents that ended long ago; return how many pieces."""
    rows = with_holder(Evidence.objects.filter(erased=False))
    rows = rows.alias(named_plate=KT("values__plate"), ended_at=_END)
    sweep = Sweep(EVIDENCE, rows, _SCOPE, "ended_at", also_held=held_by_merger())
    while _erase_batch(sweep):
        report_progress()
    return sweep.record()


@every(minutes=720)
def delete_openings() -> int:
    """Delete the records of opened links of incidents that ended long ago; return how many."""
    sweep = Sweep(OPENINGS, LinkOpening.objects.all(), _OPENINGS, "link__incident__ended_at")
    while sweep.work_on_batch(_BATCH_SIZE, lambda rows: rows.delete()):
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
