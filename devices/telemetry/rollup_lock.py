"""The lock under which roll-ups are refreshed and their chunks compressed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# A session lock, not a transaction lock: TimescaleDB refuses to refresh inside a transaction. It
# ends with the connection, so that a killed process never leaves it behind.
LOCK_ID = 7_351_062_218
_POLL_S = 0.2


@contextmanager
def exclusive(wait_s: float = 0.0) -> Iterator[bool]:
    """Hold the lock within the block; yield False where another process has it.

    Args:
        wait_s: how long to wait for it.
    """
    acquired = _acquire(time.monotonic() + wait_s)
    try:
        yield acquired
    finally:
        if acquired:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_ID])


def _acquire(deadline: float) -> bool:
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_ID])
            if cursor.fetchone()[0]:
                return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
