"""Jobs are queued with the change that needs them, retried, and recur on a schedule."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from core import clock
from core.jobs import (
    BULK,
    FAST,
    JobError,
    enqueue,
    every,
    job,
    report_progress,
    run_waiting,
    schedules,
    sync_schedules,
    waiting,
)
from core.jobs.queue import QUEUES
from core.jobs.worker import claim, release_claims, run, run_next
from core.models import Job, Schedule

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
    """Make every failed job due and let every lease run out."""
    before = clock.now() - timedelta(seconds=1)
    Job.objects.update(due_at=before)
    Job.objects.filter(claimed_until__isnull=False).update(claimed_until=before)


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


def test_a_job_of_a_rolled_back_transaction_never_runs() -> None:
    with transaction.atomic():
        enqueue(note, "never")
        transaction.set_rollback(True)
    assert run_waiting() == 0
    assert DONE == []


def test_waiting_jobs_of_one_key_run_as_one() -> None:
    enqueue(note, 1, key="prices of lakeside")
    enqueue(note, 2, key="prices of lakeside")
    enqueue(note, 3, key="prices of harbour")
    run_waiting()
    assert sorted(DONE) == [(1,), (3,)]


def test_a_job_queued_after_another_of_its_key_has_started_runs_as_well() -> None:
    enqueue(note, 1, key="prices")
    run_waiting()
    enqueue(note, 2, key="prices")
    run_waiting()
    assert DONE == [(1,), (2,)]


def test_a_rolled_back_job_holds_up_no_other_of_its_key() -> None:
    with transaction.atomic():
        enqueue(note, 1, key="prices")
        transaction.set_rollback(True)
    enqueue(note, 2, key="prices")
    run_waiting()
    assert DONE == [(2,)]


@pytest.mark.parametrize("job", ["nowhere.at.all", f"{__name__}.missing", f"{__name__}.DONE"])
def test_a_job_that_cannot_be_found_is_rejected_when_it_is_queued(job: str) -> None:
    with pytest.raises(JobError, match=job.rsplit(".", 1)[1]):
        enqueue(job)
    assert waiting() == 0


def test_a_nested_function_is_rejected() -> None:
    def inner() -> None: ...

    with pytest.raises(JobError, match="inner"):
        enqueue(inner)


def test_an_argument_that_is_no_json_value_is_rejected() -> None:
    with pytest.raises(JobError, match="pass an id"):
        enqueue(note, clock.now(), key="prices")
    assert not Job.objects.exists()


def test_a_failed_job_is_retried_and_given_up_after_its_last_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(settings.JOBS, "max_attempts", 3)
    enqueue(break_down, "no paper")
    run_waiting()
    assert waiting() == 0, "it is leased until its next try"
    for _ in range(5):
        lease_over()
        run_waiting()
    assert DONE == ["no paper"] * 3
    assert not Job.objects.filter(finished_at=None).exists()
    assert "no paper" in Job.objects.get().error


def test_a_job_that_kills_its_worker_each_time_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(settings.JOBS, "max_attempts", 3)

    class Killed(BaseException):
        """Stands for the end of the process."""

    def die(*_: object) -> None:
        DONE.append("died")
        raise Killed

    enqueue(note, "too large")
    with monkeypatch.context() as patch:
        patch.setattr(f"{__name__}.note", die)
        for _ in range(3):
            with pytest.raises(Killed):
                run_next(QUEUES)
            release_claims(QUEUES)
    assert run_waiting() == 1
    assert DONE == ["died"] * 3
    assert not Job.objects.filter(finished_at=None).exists()
    assert "did not come back" in Job.objects.get().error


def test_a_job_with_a_wrong_signature_is_removed_without_being_run() -> None:
    enqueue(note, "forged")
    Job.objects.update(args=["changed"])
    run_waiting()
    assert DONE == []
    assert not Job.objects.exists()


@pytest.mark.usefixtures("_own_schedules")
def test_a_declared_job_becomes_a_schedule_that_is_due_at_once() -> None:
    every(minutes=5)(sweep)
    assert sync_schedules() == 1
    schedule = Schedule.objects.get()
    assert (schedule.path, schedule.site) == (f"{__name__}.sweep", None)
    assert schedule.next_at <= clock.now()


@pytest.mark.usefixtures("_own_schedules")
def test_a_second_synchronisation_keeps_the_time_of_the_next_run() -> None:
    every(minutes=5)(sweep)
    sync_schedules()
    later = clock.now() + timedelta(minutes=3)
    Schedule.objects.update(next_at=later)
    every(minutes=10)(sweep)
    sync_schedules()
    assert Schedule.objects.get().next_at == later


@pytest.mark.usefixtures("_own_schedules")
def test_a_job_that_is_no_longer_declared_is_no_longer_scheduled() -> None:
    every(minutes=5)(sweep)
    sync_schedules()
    schedules._registry.clear()
    assert sync_schedules() == 0
    assert not Schedule.objects.exists()


def test_an_interval_below_a_minute_is_rejected() -> None:
    with pytest.raises(JobError, match="minutes=0"):
        every(minutes=0)


def sweep() -> None:
    DONE.append("swept")


def test_a_job_runs_in_the_queue_that_it_declares_unless_the_caller_names_another() -> None:
    enqueue(note, 1)
    enqueue(export, 2)
    enqueue(export, 3, queue=FAST)
    assert list(Job.objects.order_by("pk").values_list("queue", flat=True)) == [FAST, BULK, FAST]


def test_a_worker_of_the_fast_queue_leaves_bulk_jobs_alone() -> None:
    enqueue(export, "bulk")
    enqueue(note, "fast")
    assert run_next([FAST])
    assert not run_next([FAST])
    assert DONE == [("fast",)]


def test_a_worker_whose_lease_ran_out_does_not_overwrite_its_successor_s_attempt() -> None:
    enqueue(note, "slow")
    late = claim(FAST)
    lease_over()
    assert late is not None
    assert claim(FAST) is not None
    run(late)
    job = Job.objects.get()
    assert (job.attempts, job.finished_at) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_two_open_transactions_with_one_key_never_wait_for_one_another() -> None:
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        enqueue(note, 1, key="prices")
        other.submit(_enqueue_and_disconnect, 2).result(timeout=60)
    assert Job.objects.count() == 2
    assert run_waiting() == 1
    assert DONE == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_job_queued_by_a_transaction_still_open_when_another_starts_is_not_lost() -> None:
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        enqueue(note, 1, key="prices")
        other.submit(_enqueue_and_disconnect, 2).result(timeout=60)
        assert other.submit(_run_and_disconnect).result(timeout=60) == 1
    assert run_waiting() == 1
    assert DONE == [(2,), (1,)]


def _enqueue_and_disconnect(number: int) -> None:
    with transaction.atomic():
        enqueue(note, number, key="prices")
    connection.close()


def _run_and_disconnect() -> int:
    job = claim(FAST)
    assert job is not None
    # Signals, and so the time limit, work in the main thread alone.
    note(*job.args)
    job.delete()
    connection.close()
    return 1


def test_progress_extends_the_lease_of_the_running_job(monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.now()
    enqueue(export_slowly)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=100))
    job = claim(FAST)
    assert job is not None
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=200))
    run(job)
    assert [start + timedelta(seconds=200 + settings.JOBS["lease_s"])] == DONE


def test_a_job_is_ended_once_it_has_reported_no_progress_for_its_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(settings.JOBS, "timeout_s", 0.2)
    enqueue(install_meter)
    run_waiting()
    job = Job.objects.get()
    assert "no progress within 0.2 seconds" in job.error
    assert job.finished_at is None


def test_a_job_runs_longer_than_its_limit_while_it_reports_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(settings.JOBS, "timeout_s", 0.5)
    enqueue(export_for_longer_than, 1.0)
    run_waiting()
    assert Job.objects.get().succeeded


@job(queue=BULK)
def export(*words: object) -> None:
    DONE.append(words)


def export_slowly() -> None:
    report_progress()
    DONE.append(Job.objects.get().claimed_until)


def install_meter() -> None:
    threading.Event().wait(30)


def export_for_longer_than(seconds: float) -> None:
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        threading.Event().wait(0.01)
        report_progress()
