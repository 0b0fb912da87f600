"""The lock of a plate's timeline in a lot.

All code locks in one order, so that nothing deadlocks: the passage, the lane, the timelines by
plate, the stays, the charges.
"""

from collections.abc import Iterable

from django.db import connection

# In the given order: PostgreSQL evaluates the list while it scans the sorted plates.
_LOCK = """
SELECT count(pg_advisory_xact_lock(%s, hashtext(plate)))
FROM unnest(%s::text[]) AS sorted(plate)
"""


_LOCK_SEVERAL = """
SELECT count(pg_advisory_xact_lock(lot, hashtext(plate)))
FROM unnest(%s::int[], %s::text[]) AS sorted(lot, plate)
"""


def lock_timelines_of_lots(timelines: Iterable[tuple[int, str]]) -> None:
    """Lock timelines of several lots, each given by its lot and its plate; see `lock_timelines`."""
    ordered = sorted(set(timelines), key=lambda each: (each[1], each[0]))
    with connection.cursor() as cursor:
        lots, plates = [lot for lot, _ in ordered], [plate for _, plate in ordered]
        cursor.execute(_LOCK_SEVERAL, [lots, plates])


def lock_timelines(lot_id: int, plates: Iterable[str]) -> None:
    """Let no other transaction change the stays of these plates until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [lot_id, sorted(set(plates))])
