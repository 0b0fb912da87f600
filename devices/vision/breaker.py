"""Leave an engine alone that keeps failing, or the photos of a camera at which it does.

A camera whose photos break the engine is no reason to leave the other cameras' unread: it has a
pause of its own. The engine has one where photos of several cameras fail, or where it can't be
loaded at all.
"""

import time
from collections.abc import Callable
from threading import Lock

#: So many failures in a row begin a pause.
FAILURES = 3
#: The engine pauses where they come from so many cameras.
SOURCES = 2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0


class _Pauses:
    """Pauses of which each is twice as long as the one before, with one trial after each."""

    def __init__(self) -> None:
        self._count = 0
        self._until: float | None = None
        self._is_tried = False

    @property
    def is_on(self) -> bool:
        """Whether a pause has begun that no success has ended."""
        return self._until is not None

    def is_over(self, now: float) -> bool:
        """Return whether anyone may ask, if only for a trial."""
        return self._until is None or (not self._is_tried and now >= self._until)

    def is_on_at(self, now: float) -> bool:
        """Return whether one is on, and has been asked about until a while ago."""
        return self._until is not None and now < self._until + LONGEST_PAUSE_S

    def note_trial(self) -> None:
        """Let nobody else ask until the trial's end."""
        self._is_tried = self.is_on

    def end_trial(self) -> None:
        """Let the next one try: this trial has shown nothing."""
        self._is_tried = False

    def begin(self, now: float) -> None:
        """Begin a pause, after a failure."""
        self._until = now + min(FIRST_PAUSE_S * 2**self._count, LONGEST_PAUSE_S)
        self._count += 1
        self._is_tried = False


class _Source(_Pauses):
    """The failures in a row of one camera's photos, and the last one."""

    failures = 0
    problem = ""


class Breaker:
    """Whether an engine is asked; shared by the threads that ask it.

    After some failures in a row nobody asks for a while. Then one photo tries the engine: its
    success ends the pause for all, its failure begins one of twice the length. The pauses of a
    camera are alike, and keep its own photos from the engine only.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with an engine that is asked; `now` returns seconds that never go back."""
        self._now = now
        self._lock = Lock()
        self._engine = _Pauses()
        self._sources: dict[int | None, _Source] = {}
        # Cameras of the failures since the last success, but for those that pause by themselves.
        self._row: list[int | None] = []
        #: What the engine failed with last; empty since its last success.
        self.problem = ""

    @property
    def is_pausing(self) -> bool:
        """Whether the engine is left alone, but for one photo after each pause."""
        return self._engine.is_on

    def pausing_sources(self) -> frozenset[int]:
        """Return the cameras whose photos are left alone, but for one after each pause."""
        with self._lock:
            now = self._now()
            on = [one for one, each in self._sources.items() if each.is_on_at(now)]
            return frozenset(one for one in on if one is not None)

    def admits(self, source: int | None = None) -> bool:
        """Whether the engine may read a photo of that camera.

        The caller then reports `succeeded` or `failed`.
        """
        with self._lock:
            now, own = self._now(), self._sources.get(source)
            asked = [self._engine, *([own] if own else [])]
            if not all(each.is_over(now) for each in asked):
                return False
            for each in asked:
                each.note_trial()
            return True

    def is_left_alone(self, source: int | None) -> bool:
        """Return whether it is that camera's photos that are not read, and not all."""
        with self._lock:
            own = self._sources.get(source)
            return not self._engine.is_on and own is not None and own.is_on

    def problem_of(self, source: int | None) -> str:
        """Return why photos of that camera are not read: its own failure, or the engine's."""
        with self._lock:
            own = self._sources.get(source)
            return own.problem if own and not self._engine.is_on else self.problem

    def succeeded(self, source: int | None = None) -> None:
        """Note that the engine answered: it is asked again by all, and for that camera."""
        with self._lock:
            self._engine, self.problem = _Pauses(), ""
            self._row.clear()
            self._sources.pop(source, None)

    def failed(self, problem: str, source: int | None = None, *, is_certain: bool = False) -> None:
        """Note a failure.

        Args:
            problem: what it was, for the log and for administrators.
            source: the camera whose photo it was.
            is_certain: any photo would fail alike, so that the engine's pause begins at once.
        """
        with self._lock:
            self.problem, now = problem, self._now()
            if not is_certain:
                self._note(source, now)
            elif source in self._sources:
                self._sources[source].end_trial()
            has_failed = len(self._row) >= FAILURES and len(set(self._row)) >= SOURCES
            if is_certain or self._engine.is_on or has_failed:
                self._engine.begin(now)

    def _note(self, source: int | None, now: float) -> None:
        """Count a failure of a camera's photo; it says nothing of the engine once it pauses."""
        own = self._sources.setdefault(source, _Source())
        own.failures += 1
        own.problem = self.problem
        self._row.append(source)
        if own.is_on or own.failures >= FAILURES:
            own.begin(now)
            self._row = [each for each in self._row if each != source]
