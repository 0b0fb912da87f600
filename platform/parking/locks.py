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


def lock_timelines(lot_id: int, plates: Iterable[str]) -> None:
    """Let no other transaction change the stays of these plates until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [lot_id, sorted(set(plates))])
