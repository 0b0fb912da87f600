"""Several threads or processes at once, each with a database connection of its own."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from core.errors import Rejection

_FORK = multiprocessing.get_context("fork")
_PATIENCE_S = 120


def at_once(*tasks: Callable[[], object]) -> list[object]:
    """Run the tasks in as many threads, begun together; return what each gave or refused."""
    gate = Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        gate.wait(60)
        try:
            return task()
        except Rejection as rejection:
            return rejection
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def in_processes(*tasks: Callable[[], object]) -> None:
    """Run the tasks in as many processes, begun together; fail if one of them fails.

    The processes share nothing but the database: the connections of this one are closed first, so
    the test must not be in a transaction.
    """
    connections.close_all()
    gate = _FORK.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> None:
        gate.wait(_PATIENCE_S)
        task()

    processes = [_FORK.Process(target=run, args=(task,), daemon=True) for task in tasks]
    for process in processes:
        process.start()
    for process in processes:
        process.join(_PATIENCE_S)
    assert [process.exitcode for process in processes] == [0] * len(tasks)
