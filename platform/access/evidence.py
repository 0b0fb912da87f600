"""Evidence that lanes have: the passages around an occurrence, with the photos of their plates.

The passage that an occurrence names and others of its plate are the incident's own. Those of other
cars are collected for the site's review alone, and not at all for a hit of the watch-list, whose
legal basis names one plate (docs/decisions/0040-evidence-for-authorities.md).
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q

from access.models import Passage
from core import photos
from core.plates import fold
from incidents.evidence import Found, Provider, register
from incidents.evidence.lanes import lane_id_of
from incidents.models import Evidence, Occurrence

AROUND = timedelta(minutes=2)
_MOST = 10


def register_provider() -> None:
    """Register the passages as evidence."""
    register(Provider("passages", passages))


def passages(occurrence: Occurrence) -> Iterator[Found]:
    """Yield the passage that an occurrence names, and those at its lane around the moment."""
    named = occurrence.detail.get("passage")
    own = Q(pk=named) if isinstance(named, int) else Q(pk__in=[])
    plate = str(occurrence.detail.get("plate") or "")
    wanted = own
    lane_id = lane_id_of(occurrence)
    if lane_id is not None:
        around = (occurrence.at - AROUND, occurrence.at + AROUND)
        cars = Q(folded=fold(plate)) if occurrence.incident.watch_entry_id else Q()
        wanted |= Q(cars, lane=lane_id, seen_at__range=around)
    rows = Passage.objects.filter(wanted, site=occurrence.incident.site_id, redacted=False)
    nearest = sorted(
        rows.select_related("lane__gate"),
        key=lambda each: (each.pk != named, abs(each.seen_at - occurrence.at), each.pk),
    )
    for passage in nearest[:_MOST]:
        is_own = passage.pk == named or (plate != "" and passage.folded == fold(plate))
        yield _found(passage, is_own)


def _found(passage: Passage, is_own: bool) -> Found:
    """Return a passage as evidence; its photo is a copy, since the passage's is deleted earlier."""
    values = {
        "passage": passage.pk,
        "plate": passage.plate,
        "percent": round(passage.confidence * 100),
        "lane": passage.lane.name,
        "gate": passage.lane.gate.name,
        "direction": passage.direction,
        "state": passage.state,
    }
    return Found(
        Evidence.Kind.PASSAGE,
        str(passage.pk),
        passage.seen_at,
        values,
        _photo(passage),
        is_own=is_own,
    )


def _photo(passage: Passage) -> bytes | None:
    try:
        return photos.load(passage.image) if passage.image else None
    except FileNotFoundError:
        return None
