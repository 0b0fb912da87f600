"""The client of the process that decodes photos."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import IO, Any

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
        self._worker: _Worker | None = None

    def start(self) -> None:
        """Start the process, so that the first photo does not wait for it."""
        with self._locked():
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
        with self._locked():
            header, body = self._running().exchange(image, request, self._timeout_s)
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

    def _running(self) -> "_Worker":
        if self._worker is None or not self._worker.alive:
            self._worker = _Worker.started()
        return self._worker


_REASONS = {
    "not_an_image": "is not an image that can be read",
    "damaged": "is cut off or damaged",
}


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    #: A process that was forked from ours must not use our pipes.
    owner: int

    @classmethod
    def started(cls) -> "_Worker":
        process = subprocess.Popen(  # noqa: S603 - a program of ours without arguments
            [sys.executable, "-I", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        worker = cls(process, os.getpid())
        with worker._deadline(START_TIMEOUT_S):
            worker._receive()
        return worker

    @property
    def alive(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def exchange(
        self, image: bytes, request: dict[str, Any], timeout_s: float
    ) -> tuple[dict[str, Any], bytes]:
        header = {**request, "size": len(image), "cpu_s": int(timeout_s) + 1}
        with self._deadline(timeout_s):
            pipe = _opened(self.process.stdin)
            pipe.write(json.dumps(header).encode() + b"\n")
            pipe.write(image)
            pipe.flush()
            return self._receive()

    def _receive(self) -> tuple[dict[str, Any], bytes]:
        pipe = _opened(self.process.stdout)
        line = pipe.readline()
        header: dict[str, Any] = json.loads(line or b"{}")
        body = pipe.read(header.get("size", 0))
        if not header or len(body) < header["size"]:
            raise BrokenPipeError("the process has ended")
        return header, body

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        """Kill the process after so many seconds, which ends any read and write of its pipes."""
        timer = Timer(seconds, self.process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, ValueError) as error:
            in_time = timer.is_alive()
            self._end()
            if in_time:
                raise ImageRejected("damaged", "broke the decoder") from error
            raise ImageRejected("timeout", f"takes over {seconds:g} s to decode") from error
        finally:
            timer.cancel()

    def _end(self) -> None:
        # Closing a pipe flushes it, which fails after the process has ended.
        with suppress(OSError):
            self.kill()


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError("the process has no pipe")
    return pipe
