"""A transaction that PostgreSQL aborted to resolve a deadlock is run a second time."""

from collections.abc import Iterator
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from billing.services import deadlock_retry
from billing.services.deadlock_retry import retry_deadlock


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    """A connection outside a transaction."""
    made = Mock(in_atomic_block=False)
    monkeypatch.setattr(deadlock_retry, "connection", made)
    return made


def aborted(cause: Exception) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def test_a_deadlock_is_retried_with_the_same_arguments() -> None:
    change = Mock(side_effect=[aborted(DeadlockDetected()), "done"], __name__="change")
    assert retry_deadlock(change)(1, reason="x") == "done"
    assert [tuple(each) for each in change.call_args_list] == [((1,), {"reason": "x"})] * 2


def test_a_second_deadlock_is_raised() -> None:
    change = Mock(side_effect=[aborted(DeadlockDetected())] * 2, __name__="change")
    with pytest.raises(OperationalError):
        retry_deadlock(change)()
    assert change.call_count == 2


def test_another_error_is_raised_at_once() -> None:
    change = Mock(side_effect=aborted(LockNotAvailable()), __name__="change")
    with pytest.raises(OperationalError):
        retry_deadlock(change)()
    assert change.call_count == 1


def test_inside_a_caller_s_transaction_there_is_no_retry(connection: Mock) -> None:
    connection.in_atomic_block = True
    change = Mock(side_effect=aborted(DeadlockDetected()), __name__="change")
    with pytest.raises(OperationalError):
        retry_deadlock(change)()
    assert change.call_count == 1
