"""A retry for transactions that PostgreSQL aborted to resolve a deadlock.

Locks are taken in one order (docs/decisions/0002-processes-and-latency.md). Should two
transactions deadlock all the same, a payment that a provider reported must not be lost.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from psycopg2.errors import DeadlockDetected

P = ParamSpec("P")
R = TypeVar("R")


def retry_deadlock(change: Callable[P, R]) -> Callable[P, R]:
    """Run the decorated transaction a second time if PostgreSQL aborted it as a deadlock.

    Inside a caller's transaction, which is lost as a whole, there is no retry.
    """

    @wraps(change)
    def retried(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return change(*args, **kwargs)
        except OperationalError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
        return change(*args, **kwargs)

    return retried
