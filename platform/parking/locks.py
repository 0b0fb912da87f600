"""The lock of a plate's timeline in a lot.

All code locks in one order, so that nothing deadlocks: the passage, the lane, the timelines by
plate, the stays, the charges.
"""

from collections.abc import Iterable

from django.db import connection


def lock_timelines(lot_id: int, plates: Iterable[str]) -> None:
    """Let no other transaction change the stays of these plates until this one ends."""
    with connection.cursor() as cursor:
        for plate in sorted(set(plates)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [lot_id, plate])
