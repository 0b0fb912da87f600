"""Runs: work on many things in chunks, with progress, resume and a result."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from core import clock, runs
from core.jobs import enqueue, run_waiting
from core.models import Job, Run
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
KIND = "tests.sum"
ANNOUNCED: list[tuple[str, int]] = []
FAILURES: list[BaseException] = []


def sum_two(run: Run) -> runs.Chunk:
    """Add up two numbers a chunk; odd ones fail."""
    begin = run.cursor or 0
    numbers = run.parameters["numbers"][begin : begin + 2]
    if FAILURES:
        raise FAILURES.pop()
    end = begin + 2
    return runs.Chunk(
        done=sum(number % 2 == 0 for number in numbers),
        failed=sum(number % 2 for number in numbers),
        cursor=end if end < len(run.parameters["numbers"]) else None,
        result={"sum": run.result.get("sum", 0) + sum(numbers)},
    )


def announce(run: Run) -> None:
    ANNOUNCED.append((run.state, run.done + run.failed))


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    ANNOUNCED.clear()
    FAILURES.clear()
    runs.register(KIND, sum_two, announce)
    yield
    del runs._kinds[KIND]


@pytest.fixture
def run() -> Run:
    """A run over five numbers: three chunks."""
    numbers = [2, 4, 5, 6, 8]
    return runs.start(KIND, SiteFactory(), "manager", len(numbers), {"numbers": numbers})


def test_a_run_is_queued_until_a_worker_begins_it(run: Run) -> None:
    assert (run.state, run.started_at) == ("queued", None)
    runs.work_on_chunk(run.pk)
    run.refresh_from_db()
    assert (run.state, run.done, run.cursor) == ("running", 2, 2)
    assert run.started_at is not None


def test_a_run_ends_with_its_counts_and_result(run: Run) -> None:
    run_waiting()
    run.refresh_from_db()
    assert (run.state, run.done, run.failed, run.result) == ("done", 4, 1, {"sum": 25})
    assert run.ended_at is not None
    assert ANNOUNCED[0] == ("queued", 0)
    assert ANNOUNCED[-1] == ("done", 5)


def test_a_killed_run_resumes_at_its_cursor_and_counts_nothing_twice(run: Run) -> None:
    runs.work_on_chunk(run.pk)
    FAILURES.append(KeyboardInterrupt())  # no Exception: as if the process had been killed
    with pytest.raises(KeyboardInterrupt):
        runs.work(run.pk)
    run_waiting()
    run.refresh_from_db()
    assert (run.done, run.failed, run.result) == (4, 1, {"sum": 25})


def test_a_failed_chunk_is_rolled_back_and_retried(run: Run) -> None:
    FAILURES.append(RuntimeError("out of disk"))
    run_waiting()
    run.refresh_from_db()
    assert (run.state, run.done) == ("queued", 0)
    Job.objects.update(due_at=clock.now())
    run_waiting()
    run.refresh_from_db()
    assert (run.state, run.result) == ("done", {"sum": 25})


def test_a_long_run_lets_other_bulk_jobs_go_between(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "SLICE_S", 0.0)
    enqueue(f"{__name__}.note_progress", run.pk, queue="bulk")
    run_waiting()
    assert ("between", 2) in ANNOUNCED
    run.refresh_from_db()
    assert run.state == "done"


def note_progress(run_id: int) -> None:
    ANNOUNCED.append(("between", Run.objects.get(pk=run_id).done))


def test_a_cancelled_run_stops_before_its_next_chunk(run: Run) -> None:
    runs.work_on_chunk(run.pk)
    assert runs.cancel(run).state == "cancelled"
    run_waiting()
    run.refresh_from_db()
    assert (run.state, run.done) == ("cancelled", 2)


def test_a_run_that_has_ended_cannot_be_cancelled(run: Run) -> None:
    run_waiting()
    assert runs.cancel(run).state == "done"


def test_a_run_whose_job_was_given_up_fails_with_its_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.JOBS, "max_attempts", 1)
    FAILURES.append(RuntimeError("out of disk"))
    run_waiting()
    silent_for(run, runs.LOST_AFTER * 2)
    runs.recover()
    run.refresh_from_db()
    assert (run.state, run.result["error"]) == ("failed", "RuntimeError: out of disk")


def test_a_run_without_a_job_is_queued_again(run: Run) -> None:
    Job.objects.all().delete()
    silent_for(run, runs.LOST_AFTER * 2)
    runs.recover()
    run_waiting()
    run.refresh_from_db()
    assert run.state == "done"


def test_a_run_that_waits_for_its_job_is_left_alone(run: Run) -> None:
    silent_for(run, runs.LOST_AFTER * 2)
    runs.recover()
    assert Job.objects.count() == 1


def silent_for(run: Run, time: timedelta) -> None:
    Run.objects.filter(pk=run.pk).update(heartbeat_at=clock.now() - time)


def test_a_run_of_a_rolled_back_transaction_never_starts() -> None:
    with transaction.atomic():
        runs.start(KIND, SiteFactory(), "manager", 1, {"numbers": [1]})
        transaction.set_rollback(True)
    assert run_waiting() == 0


def test_only_an_ended_run_has_an_end(run: Run) -> None:
    with pytest.raises(IntegrityError):
        Run.objects.filter(pk=run.pk).update(state="done")
