"""The two reads of one car: its entry and its exit, of which each is corrected alone."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.models import Passage, PlateRead
from parking.models import Stay

# No stay is longer than the passages are kept whose reads could be corrected.
_FURTHEST = timedelta(days=60)


def partner_of(passage: Passage) -> Passage | None:
    """Return the read at the other side that has the text which a person corrected here.

    It is offered where the correction left it without its stay: an exit that ends none, or the
    entry of a car that is still inside by the wrong text.
    """
    texts = _former_texts(passage)
    if not texts:
        return None
    others = _at_other_side(passage).filter(plate__in=texts)
    if passage.direction == "entry":
        ended = Stay.objects.filter(exit_passage=OuterRef("pk"))
        return others.exclude(Exists(ended)).order_by("seen_at").first()
    if Stay.objects.filter(Q(exit_passage=passage) | Q(waiting_passage=passage)).exists():
        return None
    inside = Stay.objects.filter(entry_passage=OuterRef("pk"), status=Stay.Status.OPEN)
    return others.filter(Exists(inside)).order_by("-seen_at").first()


def corrected_text(passage: Passage) -> str:
    """Return the text by which a person corrected this read's partner; empty without one."""
    if not passage.plate:
        return ""
    read = PlateRead.objects.filter(passage=OuterRef("pk"), text=passage.plate)
    corrected = _at_other_side(passage).exclude(plate=passage.plate).filter(Exists(read))
    nearest = sorted(corrected, key=lambda each: abs(each.seen_at - passage.seen_at))
    return next((each.plate for each in nearest if partner_of(each) == passage), "")


def _former_texts(passage: Passage) -> set[str]:
    """Return the other texts of a read that a person corrected."""
    reads = list(passage.reads.all())
    if not any(each.source == PlateRead.Source.GUARD for each in reads):
        return set()
    return {each.text for each in reads} - {"", passage.plate}


def _at_other_side(passage: Passage) -> QuerySet[Passage]:
    """Return the passages of the lot in the other direction that may be of the same stay."""
    at = passage.seen_at
    is_entry = passage.direction == "entry"
    span = (at, at + _FURTHEST) if is_entry else (at - _FURTHEST, at)
    return Passage.objects.filter(
        site=passage.site_id,
        lane__lot=passage.lane.lot_id,
        direction="exit" if is_entry else "entry",
        seen_at__range=span,
        redacted=False,
    ).select_related("lane")
