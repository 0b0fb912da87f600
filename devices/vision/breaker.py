"""Leave an engine alone that keeps failing, and try it again now and then."""

import time
from collections.abc import Callable
from threading import Lock

#: So many failures in a row begin a pause.
FAILURES = 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0


class Breaker:
    """Whether an engine is asked; shared by the threads that ask it.

    After some failures in a row nobody asks for a while. Then one photo tries the engine: its
    success ends the pause for all, its failure begins one of twice the length.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with an engine that is asked; `now` returns seconds that never go back."""
        self._now = now
        self._lock = Lock()
        self._failures = self._pauses = 0
        self._until: float | None = None
        self._is_tried = False
        #: What the engine failed with last; empty since its last success.
        self.problem = ""

    @property
    def is_pausing(self) -> bool:
        """Whether the engine is left alone, but for one photo after each pause."""
        return self._until is not None

    def admits(self) -> bool:
        """Whether the caller may ask the engine; it then reports `succeeded` or `failed`."""
        with self._lock:
            if self._until is None:
                return True
            if self._is_tried or self._now() < self._until:
                return False
            self._is_tried = True
            return True

    def succeeded(self) -> None:
        """Note that the engine answered: it is asked again by all."""
        with self._lock:
            self._failures = self._pauses = 0
            self._until, self._is_tried, self.problem = None, False, ""

    def failed(self, problem: str, *, is_certain: bool = False) -> None:
        """Note a failure.

        Args:
            problem: what it was, for the log and for administrators.
            is_certain: the next photo would fail alike, so that the pause begins at once.
        """
        with self._lock:
            self._failures += 1
            self._is_tried, self.problem = False, problem
            if is_certain or self._until is not None or self._failures >= FAILURES:
                pause_s = min(FIRST_PAUSE_S * 2**self._pauses, LONGEST_PAUSE_S)
                self._until = self._now() + pause_s
                self._pauses += 1
