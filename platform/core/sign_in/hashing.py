"""A bound on concurrent password hashing, which is slow by design.

Without it, a burst of sign-ins takes every core, and requests of signed-in users wait behind it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class ServerBusy(Exception):  # noqa: N818 - an expected outcome, not a fault of the program
    """Too many passwords are being checked; the attempt was not counted.

    Attributes:
        wait_s: whole seconds after which to try again.
    """

    wait_s = 2


class HashingSlots:
    """So many passwords are hashed at a time, and so many wait for a short time.

    Args:
        running: how many are hashed at a time.
        waiting: how many may wait, each in a thread of its own.
        patience_s: how long they wait, in seconds.
    """

    def __init__(self, running: int, waiting: int, patience_s: float) -> None:
        self._places = BoundedSemaphore(running + waiting)
        self._running = BoundedSemaphore(running)
        self._patience_s = patience_s

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot within the block.

        Raises:
            ServerBusy: all places are taken, or none became free in time.
        """
        if not self._places.acquire(blocking=False):
            raise ServerBusy
        try:
            if not self._running.acquire(timeout=self._patience_s):
                raise ServerBusy
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._places.release()


def _slots() -> HashingSlots:
    return HashingSlots(running=max(1, (os.cpu_count() or 1) // 2), waiting=8, patience_s=3.0)


# Known browsers have slots of their own, so that strangers can't take all of them.
STRANGERS, KNOWN = _slots(), _slots()


@contextmanager
def hashing_slot(*, known: bool) -> Iterator[None]:
    """Hold one of this process's slots for hashing a password.

    Raises:
        ServerBusy: too many others do.
    """
    with (KNOWN if known else STRANGERS).slot():
        yield
