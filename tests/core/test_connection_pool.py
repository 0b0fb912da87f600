"""Requests of the web process share connections, and find each as if it were new."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import connection

from core.pooled_postgresql.base import DatabaseWrapper
from core.pooled_postgresql.pool import POOL

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(POOL, "most", 2)
    yield
    POOL.close()


def thread() -> DatabaseWrapper:
    """Return the connection of another thread."""
    return DatabaseWrapper(connection.settings_dict, "default")


def ask(wrapper: Any, question: str) -> Any:
    with wrapper.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0] if cursor.description else None


def server_process(wrapper: Any) -> int:
    return int(ask(wrapper, "SELECT pg_backend_pid()"))


def used_and_closed(*statements: str) -> int:
    wrapper = thread()
    for statement in statements:
        ask(wrapper, statement)
    number = server_process(wrapper)
    wrapper.close()
    return number


def test_the_next_thread_gets_the_connection():
    first = used_and_closed()
    assert used_and_closed() == first


def test_two_threads_at_once_have_two_connections():
    one, other = thread(), thread()
    assert server_process(one) != server_process(other)
    one.close()
    other.close()


def test_nothing_of_the_thread_before_is_left():
    used_and_closed(
        "SET statement_timeout = '1h'",
        "CREATE TEMPORARY TABLE left_over (n int)",
        "SELECT pg_advisory_lock(42)",
        "LISTEN something",
    )
    later = thread()
    assert ask(later, "SHOW statement_timeout") == "0"
    assert ask(later, "SHOW timezone") == "UTC"
    assert ask(later, "SELECT to_regclass('left_over')") is None
    assert ask(later, "SELECT count(*) FROM pg_listening_channels()") == 0
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    assert ask(later, locks) == 0
    later.close()


def test_a_connection_that_the_server_has_ended_is_replaced():
    first = used_and_closed()
    ask(connection, f"SELECT pg_terminate_backend({first}, 5000)")
    assert used_and_closed() != first


def test_a_connection_within_a_transaction_is_not_kept():
    wrapper = thread()
    wrapper.set_autocommit(False)
    first = server_process(wrapper)
    wrapper.close()
    assert used_and_closed() != first


def test_an_old_connection_is_not_kept(monkeypatch):
    first = used_and_closed()
    monkeypatch.setattr(POOL, "_lifetime_s", 0.0)
    assert used_and_closed() == first
    assert used_and_closed() != first


def test_no_more_are_kept_than_the_setting_says(monkeypatch):
    monkeypatch.setattr(POOL, "most", 0)
    raw = thread()
    server_process(raw)
    kept: psycopg2.extensions.connection = raw.connection
    raw.close()
    assert kept.closed
