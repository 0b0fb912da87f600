"""An engine for faces in a process of its own, within limits of time and memory.

A photo that hangs, crashes or swells the engine costs that process and its own analysis only.
"""

import os
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from core.children import Child, ChildLost
from devices.vision.breaker import Breaker
from devices.vision.faces.contract import Analysis
from devices.vision.plates import UnreadableImage

PROGRAM = "devices.vision.faces.face_process"
START_TIMEOUT_S = 60.0
_ALARM_S = 10
_MIB = 1024 * 1024


class EngineUnavailable(RuntimeError):  # noqa: N818 - the name states the condition
    """The engine is missing, is busy, or has taken too much time or memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take.

    Attributes:
        seconds: for one photo; for several, times their number.
        memory_mib: resident memory of the process.
        wait_s: until another request has its answer.
    """

    seconds: float = 10.0
    memory_mib: int = 900
    wait_s: float = 10.0


class IsolatedFaces:
    """An engine in a process that is started with the first photo; threads take turns."""

    def __init__(
        self, engine: str, limits: Limits | None = None, *, program: str = PROGRAM
    ) -> None:
        """Prepare the engine; nothing is started yet.

        Args:
            engine: a key of `engines.ENGINES`.
            program: the module that the process runs.
        """
        self._command = [sys.executable, "-m", program, engine]
        self._limits = limits or Limits()
        self._breaker = Breaker()
        self._lock = Lock()
        self._process: Child | None = None
        #: Of the engine's templates, and within which distance two are one person's.
        self.format, self.threshold = "", 0.5

    def analyse(self, image: bytes, *, with_template: bool = True) -> Analysis:
        """See `analysis.analyse`.

        Raises:
            UnreadableImage: the bytes are no image.
            EngineUnavailable: there is no answer.
        """
        named = {"with_template": with_template}
        return self._call("analyse", (image,), named, self._limits.seconds)

    def best_of(self, images: Sequence[bytes], *, with_photo: bool = False) -> Analysis:
        """See `analysis.best_of`; raises as `analyse` does."""
        seconds = len(images) * self._limits.seconds
        return self._call("best_of", (list(images),), {"with_photo": with_photo}, seconds)

    def stop(self) -> None:
        """End the process; the next photo would start another."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _call(self, method: str, arguments: Any, named: dict[str, Any], seconds: float) -> Analysis:
        body = pickle.dumps((arguments, named))
        if not self._lock.acquire(timeout=self._limits.wait_s):
            raise EngineUnavailable("other photos are analysed; try again in a moment")
        try:
            header, answer = self._exchange({"method": method}, body, seconds)
        finally:
            self._lock.release()
        if "unreadable" in header:
            raise UnreadableImage(*header["unreadable"])
        if "error" in header:
            raise EngineUnavailable(f"the engine failed: {header['error']}")
        found: Analysis = _Answer(BytesIO(answer)).load()
        return found

    def _exchange(
        self, header: dict[str, Any], body: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        if not self._breaker.admits(None):
            raise EngineUnavailable(self._breaker.problem_of(None))
        process = self._running()
        try:
            request = {**header, "alarm_s": int(seconds) + _ALARM_S}
            found, answer = process.exchange(request, body, seconds)
            if "memory" in found:
                process.kill()
                raise EngineUnavailable(self._failed("ran out of memory"))
        except ChildLost as lost:
            raise EngineUnavailable(self._failed(f"the process was lost: {lost.cause}")) from lost
        self._breaker.succeeded(None)
        return found, answer

    def _failed(self, problem: str) -> str:
        self._breaker.failed(problem, None)
        return problem

    def _running(self) -> Child:
        if self._process is None or not self._process.alive:
            self._process = self._started()
        return self._process

    def _started(self) -> Child:
        try:
            process = Child(
                self._command,
                start_timeout_s=START_TIMEOUT_S,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                max_memory=self._limits.memory_mib * _MIB,
            )
        except (ChildLost, OSError) as error:
            problem = f"could not be started: {error}"
            self._breaker.failed(problem, None, is_certain=True)
            raise EngineUnavailable(problem) from error
        if problem := process.greeting[0].get("problem", ""):
            process.kill()
            self._breaker.failed(problem, None, is_certain=True)
            raise EngineUnavailable(problem)
        self.format = str(process.greeting[0]["format"])
        self.threshold = float(process.greeting[0]["threshold"])
        return process


class _Answer(pickle.Unpickler):
    """Reads an analysis, and nothing else: that process has seen bytes of any origin."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class of the interface."""
        if module != "devices.vision.faces.contract" or not name.isidentifier():
            raise pickle.UnpicklingError(f"{module}.{name} is no part of an analysis")
        return super().find_class(module, name)
