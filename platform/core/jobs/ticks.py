"""Short work that the worker of the fast queue does between jobs, every few seconds.

It takes no row of the queue and leaves none: for looks that mostly find nothing to do, and that
can't wait a minute. Where several workers run the queue, each does it.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[[], object])
_declared: dict[Callable[[], object], float] = {}


def tick(*, seconds: float) -> Callable[[Function], Function]:
    """Call the decorated function every so many seconds; it returns within some milliseconds."""

    def register(function: Function) -> Function:
        _declared[function] = seconds
        return function

    return register


class Ticks:
    """The calls of one worker."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with a call of each; `now` returns seconds that never go back."""
        self._now = now
        self._next: dict[Callable[[], object], float] = {}

    def run_due(self) -> None:
        """Call what is due; a failure is logged, and is tried again at its next time.

        Raises:
            OperationalError, InterfaceError: the database does not answer.
        """
        for function, seconds in _declared.items():
            now = self._now()
            if now < self._next.get(function, now):
                continue
            self._next[function] = now + seconds
            try:
                function()
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                log.exception("%s failed", function.__qualname__)
