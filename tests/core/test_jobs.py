"""Jobs: queued with the change that calls for them, tried again, returning on a clock."""

from datetime import timedelta

import pytest
from django.db import transaction
from django_q.brokers import get_broker
from django_q.models import OrmQ, Schedule, Task

from core import clock
from core.jobs import JobError, enqueue, every, run_waiting, schedules, sync_schedules, waiting
from core.jobs.worker import free_all, take
from core.models import QueuedKey

pytestmark = pytest.mark.django_db
DONE: list[object] = []


def note(*words: object) -> None:
    DONE.append(words)


def break_down(reason: str) -> None:
    DONE.append(reason)
    raise RuntimeError(reason)


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    DONE.clear()


@pytest.fixture
def _own_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    sync_schedules()
    monkeypatch.setattr(schedules, "_registry", {})
    Schedule.objects.all().delete()


def lease_over() -> None:
    """As if Q_CLUSTER["retry"] seconds had passed."""
    OrmQ.objects.update(lock=clock.now() - timedelta(seconds=1))


def test_a_job_runs_with_its_arguments() -> None:
    enqueue(note, "plate", 7, None, {"lane": [1, 2]})
    assert DONE == []
    assert run_waiting() == 1
    assert DONE == [("plate", 7, None, {"lane": [1, 2]})]
    assert waiting() == 0


def test_a_job_may_be_named_by_its_path() -> None:
    enqueue(f"{__name__}.note", "by path")
    run_waiting()
    assert DONE == [("by path",)]


def test_a_job_of_a_change_that_is_rolled_back_never_runs() -> None:
    with transaction.atomic():
        enqueue(note, "never")
        transaction.set_rollback(True)
    assert run_waiting() == 0
    assert DONE == []


def test_a_key_keeps_a_second_job_out_while_the_first_waits() -> None:
    assert enqueue(note, 1, key="prices of lakeside")
    assert not enqueue(note, 2, key="prices of lakeside")
    assert enqueue(note, 3, key="prices of harbour")
    run_waiting()
    assert sorted(DONE) == [(1,), (3,)]


def test_a_key_is_free_again_once_its_job_starts() -> None:
    enqueue(note, 1, key="prices")
    run_waiting()
    assert enqueue(note, 2, key="prices")
    run_waiting()
    assert DONE == [(1,), (2,)]


def test_a_rolled_back_job_takes_its_key_with_it() -> None:
    with transaction.atomic():
        enqueue(note, 1, key="prices")
        transaction.set_rollback(True)
    assert enqueue(note, 2, key="prices")


@pytest.mark.parametrize("job", ["nowhere.at.all", f"{__name__}.missing", f"{__name__}.DONE"])
def test_a_job_that_cannot_be_found_is_refused_when_it_is_queued(job: str) -> None:
    with pytest.raises(JobError, match=job.rsplit(".", 1)[1]):
        enqueue(job)
    assert waiting() == 0


def test_a_function_inside_a_function_is_refused() -> None:
    def inner() -> None: ...

    with pytest.raises(JobError, match="inner"):
        enqueue(inner)


def test_an_argument_that_is_no_plain_value_is_refused_and_its_key_stays_free() -> None:
    with pytest.raises(JobError, match="give an id"):
        enqueue(note, clock.now(), key="prices")
    assert not QueuedKey.objects.exists()


def test_a_failed_job_is_tried_again_after_its_lease_and_given_up_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("django_q.conf.Conf.MAX_ATTEMPTS", 3)
    enqueue(break_down, "no paper")
    run_waiting()
    assert waiting() == 0, "it is leased until its next try"
    for _ in range(5):
        lease_over()
        run_waiting()
    assert DONE == ["no paper"] * 3
    assert not OrmQ.objects.exists()
    assert "no paper" in Task.objects.get().result


def test_a_job_that_kills_its_worker_each_time_is_given_up_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("django_q.conf.Conf.MAX_ATTEMPTS", 3)

    class Killed(BaseException):
        """As if the process had ended here."""

    def die(*_: object) -> None:
        DONE.append("died")
        raise Killed

    enqueue(note, "too large")
    with monkeypatch.context() as patch:
        patch.setattr(f"{__name__}.note", die)
        for _ in range(3):
            with pytest.raises(Killed):
                take(get_broker())
            free_all()
            lease_over()
    assert run_waiting() == 1
    assert DONE == ["died"] * 3
    assert not OrmQ.objects.exists()
    assert "did not come back" in Task.objects.get().result


def test_a_job_that_this_installation_did_not_sign_is_removed_unread() -> None:
    enqueue(note, "forged")
    OrmQ.objects.update(payload=OrmQ.objects.get().payload[:-3] + "abc")
    run_waiting()
    assert DONE == []
    assert not OrmQ.objects.exists()


@pytest.mark.usefixtures("_own_schedules")
def test_what_is_declared_becomes_a_schedule_that_is_due_at_once() -> None:
    every(minutes=5)(sweep)
    assert sync_schedules() == 1
    schedule = Schedule.objects.get()
    assert (schedule.func, schedule.minutes, schedule.repeats) == (f"{__name__}.sweep", 5, -1)
    assert schedule.next_run <= clock.now()


@pytest.mark.usefixtures("_own_schedules")
def test_a_second_synchronisation_keeps_the_time_of_the_next_run() -> None:
    every(minutes=5)(sweep)
    sync_schedules()
    later = clock.now() + timedelta(minutes=3)
    Schedule.objects.update(next_run=later)
    every(minutes=10)(sweep)
    sync_schedules()
    schedule = Schedule.objects.get()
    assert (schedule.minutes, schedule.next_run) == (10, later)


@pytest.mark.usefixtures("_own_schedules")
def test_what_is_no_longer_declared_no_longer_returns() -> None:
    every(minutes=5)(sweep)
    sync_schedules()
    schedules._registry.clear()
    assert sync_schedules() == 0
    assert not Schedule.objects.exists()


def test_less_than_a_minute_is_refused() -> None:
    with pytest.raises(JobError, match="minutes=0"):
        every(minutes=0)


def sweep() -> None:
    DONE.append("swept")
