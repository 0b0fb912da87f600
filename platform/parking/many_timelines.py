"""The timelines of many plates in one lot, read together, and which of them change simply.

A timeline changes simply where stays are added, and where cars that are inside leave or wait at an
exit. `parking.bulk` writes such changes for all plates together, `parking.recompute` any other.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from access.models import Passage
from estate.models import Lane, Lot
from parking import adjusting, facts, timeline
from parking.adjusting import Target
from parking.models import LotRules, Stay
from parking.recompute import Timeline

# In these queries the lot stands beside the plate, not as a constant: PostgreSQL takes a lot that
# is newer than the table's statistics for an empty one, and would read its stays for each plate.
# As `parking.recompute` finds where a timeline is derived from, for many plates at once.
_BEGINS = """
SELECT own.plate, coalesce((
    SELECT entered_at FROM parking_stay
    WHERE lot_id = own.lot_id AND plate = own.plate AND status <> 'undone'
      AND entered_at < own.unchanged_until
    ORDER BY entered_at DESC LIMIT 1), own.unchanged_until)
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS own (lot_id, plate, unchanged_until)
"""
_ROWS = """
SELECT stay.* FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS own (lot_id, plate, begin)
JOIN parking_stay AS stay
  ON stay.lot_id = own.lot_id AND stay.plate = own.plate AND stay.entered_at >= own.begin
ORDER BY stay.id FOR NO KEY UPDATE OF stay
"""
_JUST_LEFT = """
SELECT own.id
FROM unnest(%(ids)s::bigint[], %(lots)s::bigint[], %(plates)s::text[],
            %(entered_at)s::timestamptz[]) AS own (id, lot_id, plate, entered_at)
WHERE EXISTS (
    SELECT FROM parking_stay
    WHERE lot_id = own.lot_id AND plate = own.plate AND status = 'closed'
      AND left_at > own.entered_at - %(within)s AND left_at <= own.entered_at)
"""
# A stay as it should be, with the one before it.
Change = tuple[Target, Target | None]


def load(
    lot: Lot, lanes: Mapping[int, Lane], rules: LotRules, since: Mapping[str, datetime]
) -> list[Timeline]:
    """Return the timelines of plates, each from an instant on; the caller has locked them.

    Args:
        lanes: the lot's, by primary key.
        since: the earliest passage of each plate that has arrived.
    """
    begins = _begins(lot, lanes, since)
    passages: dict[str, dict[int, Passage]] = defaultdict(dict)
    for passage in facts.many_passages_of(lot, lanes, begins):
        passages[passage.plate][passage.pk] = passage
    rows: dict[str, list[Stay]] = defaultdict(list)
    wanted = [[lot.pk] * len(begins), list(begins), list(begins.values())]
    for row in Stay.objects.raw(_ROWS, wanted):
        row.lot, row.site = lot, lot.site
        rows[row.plate].append(row)
    return [_timeline(plate, rows[plate], passages[plate], rules) for plate in begins]


def simple_changes(known: Timeline, rules: LotRules) -> list[Change] | None:
    """Return what differs from the stored stays; None where that is not simple.

    Stays that were undone, or that used a visitor pass, and those whose passages are unknown or
    redacted are not simple, nor are those that would be undone or changed after their end.
    """
    rows = {row.entry_passage_id: row for row in known.rows}
    if not all(_is_plain(row, known.passages) for row in known.rows):
        return None
    targets = [
        Target(known.plate, span, known.passages, rows.pop(span.entry.key, None))
        for span in known.spans
    ]
    changes: list[Change] = []
    before: Target | None = None
    for target in targets:
        row = target.row
        follows = bool(changes) and changes[-1][0] is before
        if adjusting.differs(target):
            if row is not None and row.status != Stay.Status.OPEN:
                return None
            changes.append((target, before))
        elif follows and adjusting.frees_otherwise(target, before, rules):
            return None
        before = target
    return None if rows else changes


def plates_of_undone_stays(timelines: Sequence[Timeline]) -> set[str]:
    """Return the plates of passages that a stay which was undone still refers to."""
    plates = {pk: each.plate for each in timelines for pk in each.passages}
    refers = Q(entry_passage__any_of=list(plates)) | Q(waiting_passage__any_of=list(plates))
    rows = Stay.objects.filter(refers, status=Stay.Status.UNDONE)
    return {
        plates[pk]
        for pair in rows.values_list("entry_passage", "waiting_passage")
        for pk in pair
        if pk in plates
    }


def had_just_left(lot: Lot, rows: Collection[Stay], rules: LotRules) -> set[int]:
    """Return those of the stays that get no free period, by stays before the loaded timelines."""
    within = timedelta(minutes=rules.reentry_minutes)
    values: dict[str, Any] = {
        "ids": [row.pk for row in rows],
        "lots": [lot.pk] * len(rows),
        "plates": [row.plate for row in rows],
        "entered_at": [row.entered_at for row in rows],
        "within": within,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JUST_LEFT, values)
        return {pk for (pk,) in cursor.fetchall()}


def _begins(
    lot: Lot, lanes: Mapping[int, Lane], since: Mapping[str, datetime]
) -> dict[str, datetime]:
    """Return the instant from which each plate's timeline is derived."""
    longest = timedelta(seconds=max((lane.reread_seconds for lane in lanes.values()), default=0))
    with connection.cursor() as cursor:
        unchanged_until = [at - longest for at in since.values()]
        cursor.execute(_BEGINS, [[lot.pk] * len(since), list(since), unchanged_until])
        return dict(cursor.fetchall())


def _timeline(
    plate: str, rows: list[Stay], passages: dict[int, Passage], rules: LotRules
) -> Timeline:
    reads = [facts.read_of(each) for each in passages.values()]
    return Timeline(plate, rows, timeline.derive(reads, rules.opposite_s), passages)


def _is_plain(row: Stay, passages: Mapping[int, Passage]) -> bool:
    """Whether the stay follows from its passages alone."""
    known = (
        row.entry_passage_id in passages
        and (row.exit_passage_id or row.entry_passage_id) in passages
    )
    return known and row.status != Stay.Status.UNDONE and row.visitor_pass_id is None
