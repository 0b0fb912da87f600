"""Child processes for work that may never end, or that may break the process that does it.

A child answers one request at a time. A message is a line of JSON and as many bytes as its ``size``
says, in both directions. A child that takes too long or too much memory is killed.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from threading import Event, Thread
from time import monotonic
from typing import IO, Any

import psutil

# How often the memory of a working child is looked at.
LOOK_S = 0.05
Message = tuple[dict[str, Any], bytes]


class Cause(StrEnum):
    """Why a child gave no answer."""

    ENDED = "ended"
    TIME = "time"
    MEMORY = "memory"


class ChildLost(Exception):  # noqa: N818 - an expected outcome, not a fault of the program
    """A child gave no answer, and has ended."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class Child:
    """One child process, which sends a message when it is ready for the first request."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        start_timeout_s: float,
        env: Mapping[str, str] | None = None,
        stderr: int | None = None,
        max_memory: int | None = None,
    ) -> None:
        """Start the process and wait until it is ready; see `greeting`.

        Args:
            env: its environment; None for ours.
            stderr: as of `subprocess.Popen`.
            max_memory: resident bytes above which it is killed; None for no limit.

        Raises:
            ChildLost: it was not ready in time.
        """
        self._max_memory = max_memory
        self._process = subprocess.Popen(  # noqa: S603 - a program of ours
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
        )
        # A process that was forked from ours must not use our pipes.
        self._owner = os.getpid()
        with self._watched(start_timeout_s):
            #: What it said when it was ready.
            self.greeting = self._receive()

    @property
    def alive(self) -> bool:
        """Whether it may be sent a request by this process."""
        return self._owner == os.getpid() and self._process.poll() is None

    @property
    def memory(self) -> int:
        """Its resident bytes; 0 once it has ended."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def exchange(self, header: Mapping[str, Any], body: bytes, timeout_s: float) -> Message:
        """Send a request and return the answer.

        Raises:
            ChildLost: there was none; the process has ended.
        """
        with self._watched(timeout_s):
            pipe = _opened(self._process.stdin)
            pipe.write(json.dumps({**header, "size": len(body)}).encode() + b"\n")
            pipe.write(body)
            pipe.flush()
            return self._receive()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            # Closing a pipe flushes it, which fails after the process has ended.
            with suppress(OSError):
                _opened(pipe).close()

    def _receive(self) -> Message:
        pipe = _opened(self._process.stdout)
        header: dict[str, Any] = json.loads(pipe.readline() or b"{}")
        body = pipe.read(header.get("size", 0))
        if not header or len(body) < header["size"]:
            raise BrokenPipeError("the process has ended")
        return header, body

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """Kill the process at its limits, which ends any read and write of its pipes."""
        watch = _Watch(self, monotonic() + seconds, self._max_memory)
        try:
            with watch:
                yield
        except (OSError, ValueError) as error:
            self.kill()
            raise ChildLost(watch.cause or Cause.ENDED) from error


class _Watch:
    """Looks after a child at work in a thread of its own."""

    def __init__(self, child: Child, until: float, max_memory: int | None) -> None:
        self._child, self._until, self._max_memory = child, until, max_memory
        self._is_over = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self.cause: Cause | None = None

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(self._pause_s):
            self.cause = self._exceeded()
            if self.cause:
                self._child._process.kill()
                return

    @property
    def _pause_s(self) -> float:
        left = max(self._until - monotonic(), 0.0)
        return left if self._max_memory is None else min(left, LOOK_S)

    def _exceeded(self) -> Cause | None:
        if monotonic() >= self._until:
            return Cause.TIME
        if self._max_memory is not None and self._child.memory > self._max_memory:
            return Cause.MEMORY
        return None


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError("the process has no pipe")
    return pipe
