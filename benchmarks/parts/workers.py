"""Processes in which a benchmark runs code of the product.

They are forked from the benchmark, which has loaded Django once, and so begin at once, unlike
`manage.py shell`. Each has a connection of its own to the database, and one thread.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

_FORK = multiprocessing.get_context("fork")
_PATIENCE_S, _LOOK_S = 900.0, 2.0
RAISE = """
from core import clock
from incidents import services
for _ in range({times}):
    services.raise_incident({site}, "intrusion", "{source}", "severe", clock.now(), {{}})
"""


class Worker:
    """One process, which runs what it is given."""

    def __init__(self) -> None:
        self._pipe, theirs = _FORK.Pipe()
        self._process = _FORK.Process(target=_serve, args=(theirs, os.getpid()), daemon=True)
        self._process.start()

    def begin(self, code: str) -> None:
        """Begin to run Python code, as `manage.py shell --command` does."""
        self._pipe.send(code)

    def wait(self) -> None:
        """Wait until the code has ended.

        Raises:
            RuntimeError: it raised an error, or takes too long.
        """
        error = self._pipe.recv() if self._pipe.poll(_PATIENCE_S) else "it takes too long"
        if error:
            raise RuntimeError(error)

    def run(self, code: str) -> None:
        """Run Python code to its end."""
        self.begin(code)
        self.wait()

    def close(self) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join()


@contextmanager
def running_workers(number: int) -> Iterator[list[Worker]]:
    """Start so many workers on the settings of this process's environment, and end them."""
    import django

    # A benchmark with a browser has an event loop, of which a worker knows nothing.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    django.setup()
    workers = [Worker() for _ in range(number)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.close()


def seconds(workers: Sequence[Worker], codes: Sequence[str]) -> float:
    """Run a code in each worker at once; return the seconds until the last has ended."""
    began = time.perf_counter()
    for worker, code in zip(workers, codes, strict=True):
        worker.begin(code)
    for worker in workers:
        worker.wait()
    return time.perf_counter() - began


def _serve(pipe: Connection, parent: int) -> None:
    """Run what comes until it is over, or the benchmark has been killed."""
    while True:
        while not pipe.poll(_LOOK_S):
            if os.getppid() != parent:
                return
        code = pipe.recv()
        if code is None:
            return
        try:
            exec(code, {})  # noqa: S102 - the benchmark's own
        except Exception as error:
            pipe.send(repr(error))
        else:
            pipe.send("")
