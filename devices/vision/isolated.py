"""A plate reader whose engine works in a process of its own, within limits of time and memory.

A photo that hangs, crashes or swells the engine costs that process and its own reading only: the
process is replaced, and the next photo is read.
"""

import json
import os
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from core.children import Cause, Child, ChildLost
from devices.vision.breaker import Breaker
from devices.vision.failures import Failure, NotRead
from devices.vision.plates import PlateCandidate, UnreadableImage

PROGRAM = "devices.vision.reading_process"
#: For the start of the process with its engine, which takes a second or two on an idle machine.
START_TIMEOUT_S = 60.0
# The process ends by itself so many seconds after we should have ended it.
_ALARM_S = 10
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one photo may take, before its process is killed and replaced.

    Attributes:
        seconds: from the request to the answer; for several frames, times their number.
        memory_mib: resident memory of the process.
    """

    seconds: float = 10.0
    memory_mib: int = 700


class IsolatedReader:
    """A `PlateReader` in a process of its own, which is started when it is first needed.

    For one thread; several threads have a reader each, and share the breaker.
    """

    def __init__(
        self,
        engine: str,
        *,
        options: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
        breaker: Breaker | None = None,
        program: str = PROGRAM,
    ) -> None:
        """Prepare a reader; nothing is started yet.

        Args:
            engine: a key of `devices.vision.plates.ENGINES`.
            options: of `devices.vision.plates.plate_reader`, as plain JSON.
            program: the module that the process runs.
        """
        self._command = [sys.executable, "-m", program, engine, json.dumps(options or {})]
        #: They hold from the next photo on; the memory from the next start on.
        self.limits = limits or Limits()
        #: The camera whose photos are read from here on: its failures are no other's.
        self.source: int | None = None
        #: Why there is no second opinion although one is asked for; known from the start on.
        self.second_problem = ""
        self._breaker = breaker or Breaker()
        self._process: Child | None = None

    @property
    def is_pausing(self) -> bool:
        """Whether photos are not read for now, because the engine keeps failing."""
        return self._breaker.is_pausing

    @property
    def pausing_sources(self) -> frozenset[int]:
        """Whose photos are not read for now, because the engine keeps failing at them."""
        return self._breaker.pausing_sources()

    def start(self) -> None:
        """Start the process, so that the first photo does not wait for it.

        Raises:
            NotRead: the engine is not available.
        """
        self._running()

    def stop(self) -> None:
        """End the process; the next photo would start another."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def read(self, *arguments: Any, **named: Any) -> list[PlateCandidate]:
        """See `PlateReader.read`.

        Raises:
            UnreadableImage: as `PlateReader.read`.
            NotRead: it took too much time or memory, or the engine is not available.
        """
        return self._call("read", arguments, named, self.limits.seconds)

    def read_frames(
        self, images: Sequence[bytes], *more: Any, **named: Any
    ) -> list[PlateCandidate]:
        """See `PlateReader.read_frames`; raises as `read` does."""
        seconds = len(images) * self.limits.seconds
        return self._call("read_frames", (images, *more), named, seconds)

    def _call(
        self, method: str, arguments: Sequence[Any], named: dict[str, Any], seconds: float
    ) -> Any:
        body = pickle.dumps((arguments, named))
        if not self._breaker.admits(self.source):
            raise self._left_alone()
        header, answer = self._exchange({"method": method}, body, seconds)
        self._breaker.succeeded(self.source)
        if "unreadable" in header:
            raise UnreadableImage(*header["unreadable"])
        if "error" in header:
            raise RuntimeError(header["error"])
        return _Answer(BytesIO(answer)).load()

    def _exchange(
        self, header: dict[str, Any], body: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        try:
            found, answer = process.exchange(
                {**header, "alarm_s": int(seconds) + _ALARM_S}, body, seconds
            )
            if "memory" in found:
                process.kill()
                raise ChildLost(Cause.MEMORY)
        except ChildLost as lost:
            failure, problem = self._described(lost.cause, seconds)
            self._breaker.failed(problem, self.source)
            raise NotRead(failure, problem) from lost
        return found, answer

    def _running(self) -> Child:
        """Return the process, with its engine loaded."""
        if self._process is None or not self._process.alive:
            self._process = self._started()
        return self._process

    def _started(self) -> Child:
        try:
            process = Child(
                self._command,
                start_timeout_s=START_TIMEOUT_S,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                max_memory=self.limits.memory_mib * _MIB,
            )
        except (ChildLost, OSError) as error:
            raise self._unavailable(f"could not be started: {error}") from error
        problem = process.greeting[0].get("problem", "")
        if problem:
            process.kill()
            raise self._unavailable(problem)
        self.second_problem = process.greeting[0].get("second_problem", "")
        return process

    def _unavailable(self, problem: str) -> NotRead:
        self._breaker.failed(problem, self.source, is_certain=True)
        return NotRead(Failure.UNAVAILABLE, problem)

    def _left_alone(self) -> NotRead:
        is_one_camera = self._breaker.is_left_alone(self.source)
        failure = Failure.CAMERA if is_one_camera else Failure.UNAVAILABLE
        return NotRead(failure, self._breaker.problem_of(self.source))

    def _described(self, cause: Cause, seconds: float) -> tuple[Failure, str]:
        """Return why the process was lost, for people and for the log."""
        memory = f"took over {self.limits.memory_mib} MiB of memory"
        return {
            Cause.TIME: (Failure.TIME, f"took over {seconds:g} s"),
            Cause.MEMORY: (Failure.MEMORY, memory),
            Cause.ENDED: (Failure.CRASH, "ended the process that reads plates"),
        }[cause]


class _Answer(pickle.Unpickler):
    """Reads what the engine found, and nothing else: that process has seen bytes of any origin."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class of the readers' interface."""
        if not module.startswith("devices.vision.") or not name.isidentifier():
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a reading")
        return super().find_class(module, name)
