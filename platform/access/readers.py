"""Which processes read plates, and whether their engine works, as locks of database sessions.

A lock ends with its session, so what is said here never outlives the process that it is about.
"""

from django.db import connection

from access.models import PlateRead
from devices.vision.failures import Failure

# So many of the latest reads are searched for a problem.
_LATELY = 500
# Shared locks: any number of processes hold each.
_AT_WORK, _PAUSING = "at work", "pausing"
_NUMBERS = "hashtext('plate readers'), hashtext(%s)"
_HOLD = f"SELECT pg_advisory_lock_shared({_NUMBERS})"
_RELEASE = f"SELECT pg_advisory_unlock_shared({_NUMBERS})"
# Numbers of locks are signed when they are taken, and unsigned when they are listed.
_COUNT = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid::bigint = hashtext('plate readers')::bigint & 4294967295
  AND objid::bigint = hashtext(%s)::bigint & 4294967295
"""


class Attendance:
    """What one session says of itself; begin anew with each connection to the database."""

    def __init__(self) -> None:
        """Say that this session reads plates."""
        self._is_pausing = False
        _run(_HOLD, _AT_WORK)

    def tell(self, *, is_pausing: bool) -> None:
        """Say whether the engine is left alone for now, because it keeps failing."""
        if is_pausing != self._is_pausing:
            _run(_HOLD if is_pausing else _RELEASE, _PAUSING)
            self._is_pausing = is_pausing


def count_at_work() -> int:
    """Return how many photos can be read at a time, by working engines and by others."""
    return _run(_COUNT, _AT_WORK)


def count_pausing() -> int:
    """Return how many of them read nothing for now, because their engine keeps failing."""
    return _run(_COUNT, _PAUSING)


def last_problem() -> str:
    """Return why a photo was not read lately, for administrators; empty if all were."""
    recent = PlateRead.objects.order_by("-pk").values_list("doubt", "reason")[:_LATELY]
    return next((reason for doubt, reason in recent if doubt in list(Failure)), "")


def _run(query: str, lock: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, [lock])
        return int(cursor.fetchone()[0] or 0)
