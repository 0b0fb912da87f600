"""Read access data: plate records, the lane board, passages, access lists."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.http import Http404

from access.context import PlateRecord
from access.models import AccessListEntry, Decision, Passage, VisitorPass
from core import clock
from core.models import Site
from core.plates import fold
from estate.models import Lane
from people.periods import during, not_ended

_AT_EXIT = (Passage.State.UNPAID, Passage.State.HELD)
# A join with the plates, where their site is no constant: PostgreSQL takes one that is newer than
# the statistics of a table for an empty one, and would read all its rows.
_PLATE_RECORDS = """
WITH own AS (SELECT * FROM unnest(%(sites)s::bigint[], %(folded)s::text[]) AS own (site_id, folded))
SELECT site_id, folded, 'resident', id, plate, begins_at, ends_at, 0
FROM own JOIN people_vehicle USING (site_id, folded)
UNION ALL
SELECT site_id, folded, kind, id, plate, begins_at, ends_at, 0
FROM own JOIN access_accesslistentry USING (site_id, folded)
UNION ALL
SELECT site_id, folded, 'visitor', id, plate, begins_at, ends_at, free_minutes
FROM own JOIN access_visitorpass USING (site_id, folded)
WHERE state = 'approved' AND cancelled_at IS NULL
  AND entries_used - is_on_foot::int < entries_allowed
"""
_RECENT = """
SELECT recent.id FROM unnest(%s::bigint[]) AS lane (id), LATERAL (
    SELECT id FROM access_passage WHERE lane_id = lane.id ORDER BY at DESC, id DESC LIMIT %s
) AS recent
"""


def plate_records(site_id: int, plate: str) -> list[PlateRecord]:
    """Return every record of the plate and of its look-alikes at the site."""
    of_plate = (site_id, fold(plate))
    return records_of_plates([of_plate]).get(of_plate, [])


def records_of_plates(
    plates: Collection[tuple[int, str]],
) -> dict[tuple[int, str], list[PlateRecord]]:
    """Return every record of plates and of their look-alikes, by site and folded plate.

    It runs for every car at every lane; as plain SQL it spares the time of building a query.
    """
    wanted = {each for each in plates if each[1]}
    found: dict[tuple[int, str], list[PlateRecord]] = defaultdict(list)
    if wanted:
        sites, folded = zip(*wanted, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_PLATE_RECORDS, {"sites": list(sites), "folded": list(folded)})
            for site_id, folded, *record in cursor.fetchall():
                found[site_id, folded].append(PlateRecord(*record))
    return found


@dataclass(frozen=True)
class LaneView:
    """A lane, with the car that is standing in it, if any."""

    lane: Lane
    passage: Passage | None
    decision: Decision | None


def lane_board(site: Site) -> list[LaneView]:
    """Return the site's lanes in use, by gate and code, with the latest passage and decision."""
    return _lane_views(Lane.objects.in_use().filter(gate__site=site))


def lanes_with_held_car(site: Site) -> QuerySet[Lane]:
    """Return the lanes in use whose latest car is held; older held cars of a lane have left."""
    latest = Passage.objects.filter(lane=OuterRef("pk")).order_by("-at", "-pk")
    lanes = Lane.objects.in_use().filter(gate__site=site)
    return lanes.alias(state=Subquery(latest.values("state")[:1])).filter(state=Passage.State.HELD)


def lane_view(site: Site, lane_id: int) -> LaneView:
    """Return one lane in use of the site as the lane board shows it.

    Raises:
        Http404: the site has no such lane.
    """
    found = _lane_views(Lane.objects.in_use().filter(gate__site=site, pk=lane_id))
    if not found:
        raise Http404(f"no lane {lane_id} at {site.slug}")
    return found[0]


def recent_passages(lanes: Collection[int], limit: int) -> dict[int, list[Passage]]:
    """Return the latest passages of lanes, newest first, with decisions, by lane.

    Args:
        limit: so many of each lane.
    """
    recent = Passage.objects.filter(pk__in=RawSQL(_RECENT, [list(lanes), limit]))  # noqa: S611
    found: dict[int, list[Passage]] = defaultdict(list)
    for passage in _with_decisions(recent.order_by("-at", "-pk")):
        found[passage.lane_id].append(passage)
    return found


def passages(site: Site) -> QuerySet[Passage]:
    """Return the site's passages with their lanes and latest decisions' rules."""
    latest = Decision.objects.filter(passage=OuterRef("pk")).order_by("-pk")
    return (
        Passage.objects.filter(site=site)
        .select_related("lane")
        .annotate(rule=Subquery(latest.values("rule")[:1]))
    )


def passage_detail(site: Site, pk: int) -> Passage:
    """Return a passage of the site with its reads, decisions, their commands and actors.

    Raises:
        Http404: the site has no such passage.
    """
    passage = (
        Passage.objects.filter(site=site, pk=pk)
        .select_related("lane__gate", "lane__lot", "device")
        .prefetch_related(
            "reads__actor",
            "frames",
            Prefetch("decisions", Decision.objects.select_related("command", "actor")),
        )
        .first()
    )
    if passage is None:
        raise Http404(f"no passage {pk} at {site.slug}")
    return passage


def waiting_at_exit(lot_id: int, plate: str, since: datetime) -> Passage | None:
    """Return the plate's passage that waits for payment, or its entry, at an exit of the lot.

    A passage whose lane has seen another plate since is left out: its car cannot be at the barrier
    any more, and the barrier would open for the later one.
    """
    later = (
        Passage.objects.filter(lane=OuterRef("lane"), at__gt=OuterRef("at"))
        .exclude(state=Passage.State.TURNED_BACK)
        .exclude(folded__in=["", OuterRef("folded")])
    )
    return (
        Passage.objects.filter(lane__lot=lot_id, plate=plate, state__in=_AT_EXIT)
        .filter(direction="exit", received_at__gte=since, ended_at__isnull=True, redacted=False)
        .filter(offline=False)
        .exclude(Exists(later))
        .order_by("-state", "-received_at", "-pk")  # a car that waits for payment comes first
        .first()
    )


def last_decision(passage: Passage) -> Decision | None:
    """Return the decision in force, from the prefetched rows where there are any."""
    decisions = list(passage.decisions.all())
    return decisions[-1] if decisions else None


def _lane_views(lanes: QuerySet[Lane]) -> list[LaneView]:
    latest = Passage.objects.filter(lane=OuterRef("pk")).order_by("-at", "-pk").values("pk")[:1]
    found = (
        lanes.select_related("gate", "lot", "camera", "barrier")
        .annotate(latest=Subquery(latest))
        .order_by("gate__code", "code")
    )
    passages = _with_decisions(Passage.objects.filter(pk__in=[lane.latest for lane in found]))
    by_pk = {passage.pk: passage for passage in passages}
    return [_lane_view(lane, by_pk.get(lane.latest)) for lane in found]


def _with_decisions(passages: QuerySet[Passage]) -> QuerySet[Passage]:
    decisions = Decision.objects.select_related("command").order_by("pk")
    return passages.select_related("lane__gate").prefetch_related(Prefetch("decisions", decisions))


def _lane_view(lane: Lane, passage: Passage | None) -> LaneView:
    return LaneView(lane, passage, last_decision(passage) if passage else None)


def access_list(site: Site, *, ended: bool = False) -> QuerySet[AccessListEntry]:
    """Return the site's allow and block list, newest first; ended entries on request."""
    entries = AccessListEntry.objects.filter(site=site).select_related("created_by")
    if not ended:
        entries = entries.filter(not_ended())
    return entries.order_by("-pk")


def overlapping_entry(
    site: Site, kind: str, plate: str, begins_at: datetime, ends_at: datetime | None
) -> AccessListEntry | None:
    """Return an entry of the plate on that list in a part of that period, the latest first."""
    found = AccessListEntry.objects.filter(during(begins_at, ends_at), site=site, kind=kind)
    return found.filter(plate=plate).order_by("-begins_at").first()


def conflicting_records(
    site: Site, plate: str, *, blocks: bool, begins_at: datetime, ends_at: datetime | None
) -> list[PlateRecord]:
    """Return the plate's records that contradict one of that period.

    At an entry the block list decides, since its check comes before the permits'.

    Args:
        blocks: whether the record blocks the plate, so that permits contradict it; else blocks do.
    """
    return [
        record
        for record in plate_records(site.pk, plate)
        if record.plate == plate
        and (record.kind == "block") != blocks
        and (ends_at is None or record.begins_at < ends_at)
        and not record.has_ended(begins_at)
    ]


def mark_blocked(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate rows that have a site and a plate with ``blocked``: the block list has it too."""
    entries = AccessListEntry.objects.filter(
        not_ended(), kind=AccessListEntry.Kind.BLOCK, site=OuterRef("site"), plate=OuterRef("plate")
    )
    return rows.annotate(blocked=Exists(entries))


def visitor_passes(site: Site, *, ended: bool = False) -> QuerySet[VisitorPass]:
    """Return the site's visitor passes, newest first; ended ones on request."""
    passes = VisitorPass.objects.filter(site=site).select_related(
        "created_by", "host", "unit__building"
    )
    if not ended:
        passes = passes.filter(cancelled_at=None, ends_at__gt=clock.now())
    return passes.order_by("-pk")
