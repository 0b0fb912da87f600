"""The facts of a lot's timelines, as stored: passages with their decisions and movements."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, OuterRef, QuerySet

from access.models import Decision, Movement, Passage
from core.copying import stored_row
from estate.models import Lane, Lot
from parking.models import Stay
from parking.timeline import Read

# The site stands beside the plate, not as a constant: PostgreSQL takes a site that is newer than
# the table's statistics for an empty one, and would read all its passages for each plate.
_OF_MANY = """
SELECT passage.*, opened.at AS open_decided_at, moved.kind AS movement, moved.at AS moved_at
FROM unnest(%(sites)s::bigint[], %(plates)s::text[], %(begins)s::timestamptz[])
    AS own (site_id, plate, begin)
JOIN access_passage AS passage
  ON passage.site_id = own.site_id AND passage.plate = own.plate AND passage.seen_at >= own.begin
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM access_decision WHERE passage_id = passage.id AND outcome = 'open'
) AS opened ON true
LEFT JOIN LATERAL (
    SELECT kind, at FROM access_movement WHERE passage_id = passage.id
    ORDER BY at DESC, id DESC LIMIT 1
) AS moved ON true
WHERE passage.plate <> '' AND NOT passage.redacted AND passage.lane_id = ANY (%(lanes)s)
"""


def passages_of(lot: Lot, plates: Collection[str], since: datetime | None = None) -> list[Passage]:
    """Return the passages of these plates at the lot's lanes, for `read_of`."""
    found = _passages(lot, plates).select_related("lane__lot", "site").defer("lane__lot__outline")
    return list(found if since is None else found.filter(seen_at__gte=since))


def many_passages_of(
    lot: Lot, lanes: Mapping[int, Lane], begins: Mapping[str, datetime]
) -> list[Passage]:
    """Return the passages of many plates at the lot's lanes, each plate's from its own instant on.

    They share the given lanes, by primary key, instead of copies of them.
    """
    values: dict[str, Any] = {
        "sites": [lot.site_id] * len(begins),
        "plates": list(begins),
        "begins": list(begins.values()),
        "lanes": list(lanes),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_MANY, values)
        names = [column.name for column in cursor.description]
        found = [stored_row(Passage, names, row) for row in cursor.fetchall()]
    for passage in found:
        related = {"lane": lanes[passage.lane_id], "site": lot.site}
        passage._state.fields_cache.update(related)
    return found


def longest_reread(lot: Lot) -> timedelta:
    """Return how long after its first read a car is read again at most, at any lane of the lot."""
    longest = Lane.objects.filter(lot=lot).aggregate(seconds=Max("reread_seconds"))["seconds"]
    return timedelta(seconds=longest or 0)


def _passages(lot: Lot, plates: Collection[str]) -> QuerySet[Passage]:
    opened = Decision.objects.filter(
        passage=OuterRef("pk"), outcome=Decision.Outcome.OPEN
    ).order_by("-at")
    moved = Movement.objects.filter(passage=OuterRef("pk")).order_by("-at", "-pk")
    return (
        Passage.objects.filter(site=lot.site_id, plate__in=plates, lane__lot=lot, redacted=False)
        .annotate(open_decided_at=opened.values("at")[:1])
        .annotate(movement=moved.values("kind")[:1], moved_at=moved.values("at")[:1])
    )


def annotate(passage: Passage, *, movement: str, moved_at: datetime | None) -> None:
    """Set what `read_of` needs of a passage that was not read from the database."""
    passage.open_decided_at = None  # type: ignore[attr-defined]
    passage.movement = movement  # type: ignore[attr-defined]
    passage.moved_at = moved_at  # type: ignore[attr-defined]


def read_of(passage: Passage) -> Read:
    """Return a passage as a read of its plate's timeline."""
    return Read(
        key=passage.pk,
        at=passage.seen_at,
        lane=passage.lane_id,
        enters=passage.direction == "entry",
        opened=passage.open_decided_at is not None,  # type: ignore[attr-defined]
        opened_at=passage.open_decided_at,  # type: ignore[attr-defined]
        late=passage.is_late,
        offline=passage.offline,
        movement=passage.movement or "",  # type: ignore[attr-defined]
        moved_at=passage.moved_at,  # type: ignore[attr-defined]
        reread_s=passage.lane.reread_seconds,
    )


def known_entry(row: Stay) -> Read:
    """Return the entry of a stay that is known by the stay only."""
    return Read(key=-row.pk, at=row.entered_at, lane=0, enters=True, opened=True, row=row.pk)
