"""The client of the process that decodes photos."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from core.children import Cause, Child, ChildLost
from core.images.structure import ImageRejected

WORKER = Path(__file__).with_name("worker.py")
#: For one photo; the largest that is accepted takes about a second.
TIMEOUT_S = 4.0
#: For the start of the process, which takes about 0.2 s on an idle machine.
START_TIMEOUT_S = 15.0
#: How long a thread waits for the photos of others.
QUEUE_TIMEOUT_S = 10.0


class Decoder:
    """One child process that decodes one photo at a time, started when it is first needed.

    It is killed when a photo takes too long, and started again for the next photo.
    """

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._worker: Child | None = None

    def start(self) -> None:
        """Start the process, so that the first photo does not wait for it."""
        with self._locked(), self._as_rejection():
            self._running()

    def stop(self) -> None:
        """End the process; the next photo starts another."""
        with self._locked():
            if self._worker is not None:
                self._worker.kill()

    def decode(self, image: bytes, **request: Any) -> tuple[dict[str, Any], bytes]:
        """Send a photo to the process and return its answer.

        Args:
            request: see `core.images.worker`.

        Raises:
            ImageRejected: it cannot be decoded, or not within the limits of time and memory.
        """
        request["cpu_s"] = int(self._timeout_s) + 1
        with self._locked(), self._as_rejection():
            header, body = self._running().exchange(request, image, self._timeout_s)
        if "error" in header:
            raise ImageRejected(header["error"], _REASONS[header["error"]])
        return header, body

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=QUEUE_TIMEOUT_S):
            raise ImageRejected("timeout", "was not decoded, because others took too long")
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _as_rejection(self) -> Iterator[None]:
        try:
            yield
        except ChildLost as lost:
            if lost.cause == Cause.TIME:
                reason = f"takes over {self._timeout_s:g} s to decode"
                raise ImageRejected("timeout", reason) from lost
            raise ImageRejected("damaged", "broke the decoder") from lost

    def _running(self) -> Child:
        if self._worker is None or not self._worker.alive:
            command = [sys.executable, "-I", str(WORKER)]
            self._worker = Child(
                command, start_timeout_s=START_TIMEOUT_S, stderr=subprocess.DEVNULL
            )
        return self._worker


_REASONS = {
    "not_an_image": "is not an image that can be read",
    "damaged": "is cut off or damaged",
}
