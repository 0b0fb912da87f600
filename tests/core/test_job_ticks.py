"""Short work between jobs: when it is done, and what a failure of it costs."""

import logging

import pytest
from django.db import OperationalError

from core.jobs import BULK, FAST, tick, ticks, work


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    """No declarations but the test's."""
    monkeypatch.setattr(ticks, "_declared", {})


def test_a_tick_comes_at_once_and_then_every_so_many_seconds():
    clock, seen = Clock(), []
    tick(seconds=3)(lambda: seen.append(clock.now))
    due = ticks.Ticks(clock)
    for _ in range(8):
        due.run_due()
        clock.now += 1
    assert seen == [1000, 1003, 1006]


def test_after_a_pause_a_tick_comes_once():
    clock, seen = Clock(), []
    tick(seconds=3)(lambda: seen.append(clock.now))
    due = ticks.Ticks(clock)
    due.run_due()
    clock.now += 100
    for _ in range(3):
        due.run_due()
    assert seen == [1000, 1100]


def test_a_tick_that_fails_is_logged_and_keeps_no_other(caplog):
    seen = []
    tick(seconds=3)(lambda: 1 / 0)
    tick(seconds=3)(lambda: seen.append("done"))
    with caplog.at_level(logging.ERROR):
        ticks.Ticks().run_due()
    assert seen == ["done"]
    assert "division by zero" in caplog.text


def test_a_database_that_does_not_answer_is_the_worker_s_concern():
    def fails() -> None:
        raise OperationalError("no connection")

    tick(seconds=3)(fails)
    with pytest.raises(OperationalError):
        ticks.Ticks().run_due()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("queue", "calls"), [(FAST, 1), (BULK, 0)])
def test_the_worker_of_the_fast_queue_ticks_between_jobs(queue, calls):
    seen = []
    tick(seconds=3600)(lambda: seen.append("tick"))
    rounds = iter([True, True, False])
    work(lambda: next(rounds), queues=[queue])
    assert seen == ["tick"] * calls
