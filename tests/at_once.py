"""Several threads at once, each with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from core.errors import Rejection


def at_once(*tasks: Callable[[], object]) -> list[object]:
    """Run the tasks in as many threads, begun together; return what each gave or refused."""
    gate = Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        gate.wait(10)
        try:
            return task()
        except Rejection as rejection:
            return rejection
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
