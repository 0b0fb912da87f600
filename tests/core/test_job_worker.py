"""Workers in their own processes lose no job when they are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from core import clock
from core.jobs import BULK, enqueue
from core.models import Job, Schedule
from tests.config.running import eventually
from tests.core import job_examples

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    file = tmp_path / "trace"
    file.touch()
    return file


@pytest.fixture
def start(trace: Path) -> Iterator[Start]:
    """Start a worker; all are ended after the test."""
    workers: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.job_settings",
        "PYTHONPATH": os.pathsep.join(
            [str(settings.BASE_DIR / "platform"), str(settings.BASE_DIR)]
        ),
        "JOB_TEST_DATABASE": connection.settings_dict["NAME"],
    }

    def run(*options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "run_jobs", *options]
        workers.append(
            subprocess.Popen(
                command, env=environment, cwd=settings.BASE_DIR, stderr=subprocess.DEVNULL
            )
        )
        return workers[-1]

    yield run
    for worker in workers:
        worker.kill()
        worker.wait()


def unfinished() -> int:
    return Job.objects.filter(finished_at=None).count()


def lines(trace: Path) -> list[str]:
    return [line.split()[0] for line in trace.read_text().splitlines()]


def pids(trace: Path) -> set[str]:
    return {line.split()[1] for line in trace.read_text().splitlines()}


def test_a_killed_worker_s_job_is_run_again_at_once_by_the_next_only_worker(
    start: Start, trace: Path
) -> None:
    enqueue(job_examples.run_long, str(trace), 1.0)
    first = start("--alone")
    assert eventually(lambda: lines(trace) == ["begun"])
    first.kill()
    first.wait()
    start("--alone")
    assert eventually(lambda: lines(trace) == ["begun", "begun", "done"])
    assert eventually(lambda: not unfinished())


def test_a_killed_worker_s_job_is_run_by_another_one_when_its_lease_ends(
    start: Start, trace: Path
) -> None:
    enqueue(job_examples.run_long, str(trace), 1.0)
    first = start()
    assert eventually(lambda: lines(trace) == ["begun"])
    first.kill()
    start()
    assert eventually(lambda: lines(trace) == ["begun", "begun", "done"])
    assert len(pids(trace)) == 2


def test_an_idle_worker_that_is_killed_delays_no_job(start: Start, trace: Path) -> None:
    enqueue(job_examples.write_line, str(trace), "before")
    idle, other = start(), start()
    assert eventually(lambda: lines(trace) == ["before"])
    idle.kill()
    idle.wait()
    enqueue(job_examples.write_line, str(trace), "after")
    assert eventually(lambda: lines(trace) == ["before", "after"])
    assert other.poll() is None


def test_several_workers_run_each_job_once(start: Start, trace: Path) -> None:
    for number in range(40):
        enqueue(job_examples.write_line, str(trace), f"job{number}")
    start()
    start()
    assert eventually(lambda: not unfinished())
    assert sorted(lines(trace)) == sorted(f"job{number}" for number in range(40))


def test_a_job_that_exceeds_its_limit_is_ended_and_the_worker_continues(
    start: Start, trace: Path
) -> None:
    enqueue(job_examples.run_long, str(trace), 60)
    worker = start()
    assert eventually(lambda: lines(trace) == ["begun"])
    enqueue(job_examples.write_line, str(trace), "next")
    assert eventually(lambda: "next" in lines(trace))
    assert worker.poll() is None


def test_a_worker_finishes_its_job_before_it_stops_at_sigterm(start: Start, trace: Path) -> None:
    enqueue(job_examples.run_long, str(trace), 1.0)
    worker = start()
    assert eventually(lambda: lines(trace) == ["begun"])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert lines(trace) == ["begun", "done"]
    assert not unfinished()


def test_a_worker_reconnects_when_the_database_ends_its_session(start: Start, trace: Path) -> None:
    enqueue(job_examples.write_line, str(trace), "before")
    worker = start()
    assert eventually(lambda: lines(trace) == ["before"])
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    enqueue(job_examples.write_line, str(trace), "after")
    assert eventually(lambda: lines(trace) == ["before", "after"])
    assert worker.poll() is None


def test_a_scheduled_job_runs_when_it_is_due(start: Start) -> None:
    path = "core.runs.recover"
    Schedule.objects.create(path=path, next_at=clock.now())
    start()
    assert eventually(lambda: Job.objects.filter(path=path, succeeded=True).exists())
    assert Schedule.objects.get().next_at > clock.now()


def test_a_long_bulk_job_delays_no_fast_one(start: Start, trace: Path) -> None:
    enqueue(job_examples.run_long, str(trace), 60, queue=BULK)
    start("--queue", "bulk")
    assert eventually(lambda: lines(trace) == ["begun"])
    start("--queue", "fast")
    enqueue(job_examples.write_line, str(trace), "fast")
    assert eventually(lambda: lines(trace) == ["begun", "fast"])
    assert eventually(lambda: unfinished() == 1), "the line is written before the job is finished"


def test_an_idle_worker_starts_a_job_at_its_commit_instead_of_at_the_next_poll(
    start: Start, trace: Path
) -> None:
    start("--queue", "fast")
    enqueue(job_examples.write_line, str(trace), "warm")
    assert eventually(lambda: lines(trace) == ["warm"])
    delays = [commit_to_start(trace) for _ in range(5)]
    assert min(delays) < settings.JOBS["poll_s"] / 4, delays


def commit_to_start(trace: Path) -> float:
    """Return the seconds from a job's commit to the line it writes."""
    assert eventually(lambda: not unfinished())
    before = trace.stat().st_size
    enqueue(job_examples.write_line, str(trace), "timed")
    committed = time.monotonic()
    while trace.stat().st_size == before:
        assert time.monotonic() < committed + 60
        time.sleep(0.0005)
    return time.monotonic() - committed
