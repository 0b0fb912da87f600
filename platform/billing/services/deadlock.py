"""A second try for a change that PostgreSQL broke off to end a deadlock.

Locks are taken in one order (docs/decisions/0002-processes-and-latency.md). Should two changes
meet in a ring all the same, money that was taken must not be lost over it.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from psycopg2.errors import DeadlockDetected

P = ParamSpec("P")
R = TypeVar("R")


def again_after_deadlock(change: Callable[P, R]) -> Callable[P, R]:
    """Run the decorated change, which is one transaction, once more after a deadlock.

    Inside a caller's transaction nothing is tried again: it is lost as a whole.
    """

    @wraps(change)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return change(*args, **kwargs)
        except OperationalError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
        return change(*args, **kwargs)

    return tried
