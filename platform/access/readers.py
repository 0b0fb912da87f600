"""Which processes read plates, and whether their engine works, as locks of database sessions.

A lock ends with its session, so what is said here never outlives the process that it is about.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from access.models import PlateRead
from devices.models import Device
from devices.vision.failures import Failure

# So many of the latest reads are searched for a problem.
_LATELY = 500
# Shared locks: any number of processes hold each. Their numbers are these, and cameras' keys.
_READERS, _CAMERAS = "plate readers", "cameras left alone"
_AT_WORK, _PAUSING, _ALONE = 0, 1, 2
_HOLD = "SELECT pg_advisory_lock_shared(hashtext(%s), %s)"
_RELEASE = "SELECT pg_advisory_unlock_shared(hashtext(%s), %s)"
# Numbers of locks are signed when they are taken, and unsigned when they are listed.
_HELD = """
SELECT objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid::bigint = hashtext(%s)::bigint & 4294967295
"""


class Attendance:
    """What one session says of itself; begin anew with each connection to the database."""

    def __init__(self) -> None:
        """Say that this session reads plates."""
        self._told: set[tuple[str, int]] = set()
        _run(_HOLD, _READERS, _AT_WORK)

    def tell(
        self, *, is_pausing: bool, is_alone: bool = False, cameras: Collection[int] = ()
    ) -> None:
        """Say what this session does without for now.

        Args:
            is_pausing: the engine is left alone, because it keeps failing.
            is_alone: the engine of the second opinion is missing.
            cameras: their photos are left alone, because the engine keeps failing at them.
        """
        locks = {(_CAMERAS, each) for each in cameras}
        locks |= {(_READERS, _PAUSING)} if is_pausing else set()
        locks |= {(_READERS, _ALONE)} if is_alone else set()
        for each in locks ^ self._told:
            _run(_HOLD if each in locks else _RELEASE, *each)
        self._told = locks


def count_at_work() -> int:
    """Return how many photos can be read at a time, by working engines and by others."""
    return _held(_READERS).count(_AT_WORK)


def count_pausing() -> int:
    """Return how many of them read nothing for now, because their engine keeps failing."""
    return _held(_READERS).count(_PAUSING)


def count_alone() -> int:
    """Return how many of them lack the engine of the second opinion."""
    return _held(_READERS).count(_ALONE)


def cameras_left_alone() -> list[Device]:
    """Return the cameras whose photos are not read for now, in the order of their sites."""
    cameras = Device.objects.filter(pk__in=set(_held(_CAMERAS))).select_related("site")
    return list(cameras.order_by("site__name", "code"))


def last_problem(camera: Device | None = None) -> str:
    """Return why a photo was not read lately, for administrators; empty if all were.

    Args:
        camera: whose photo; None for any.
    """
    reads = PlateRead.objects.order_by("-pk")
    if camera is not None:
        reads = reads.filter(passage__device=camera)
    recent = reads.values_list("doubt", "reason")[:_LATELY]
    return next((reason for doubt, reason in recent if doubt in list(Failure)), "")


def _held(locks: str) -> list[int]:
    """Return the numbers of the locks that sessions hold, each as often as it is held."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [locks])
        return [number for (number,) in cursor.fetchall()]


def _run(query: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
