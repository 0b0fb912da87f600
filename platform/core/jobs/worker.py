"""The worker: claims one job after another and runs it, in one process.

The process that claims a job also runs it. When it is killed, the job's lease runs out and the
job is run again, by the same worker once restarted or by another one.
"""

import logging
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.utils.module_loading import import_string

from core import clock
from core.jobs import schedules
from core.jobs.lease import JobTimeoutError, lease_end, limited
from core.jobs.queue import FAST, QUEUES, due_jobs, is_genuine
from core.jobs.ticks import Ticks
from core.jobs.wakeup import Wakeup
from core.models import Job

log = logging.getLogger(__name__)
STARTED = "started, and did not come back"
SCHEDULE_INTERVAL_S = 10.0
DATABASE_PAUSE_S = 1.0
FIRST_RETRY_S = 5.0
HISTORY_KEPT = timedelta(days=7)


def work(go_on: Callable[[], bool], *, queues: Iterable[str] = QUEUES, alone: bool = False) -> None:
    """Run jobs of these queues while `go_on()` is true, also across restarts of the database.

    Args:
        go_on: asked before each job.
        queues: the first one's jobs go first.
        alone: no other worker runs these queues, so what a killed one had claimed is released at
            once instead of at the end of its lease.
    """
    names = tuple(queues)
    wakeup, next_look, release = Wakeup(names), 0.0, alone
    ticks = Ticks()
    schedules.declare_jobs()
    keep_connection()
    while go_on():
        try:
            wakeup.connect()
            if release:
                release_claims(names)
                release = False
            if time.monotonic() >= next_look:
                tend_schedules()
                next_look = time.monotonic() + SCHEDULE_INTERVAL_S
            if FAST in names:
                ticks.run_due()
            if not run_next(names):
                wakeup.wait(settings.JOBS["poll_s"])
        except (OperationalError, InterfaceError) as error:
            log.warning("The database does not answer: %s", str(error).strip().split("\n")[0])
            close_old_connections()
            release = alone
            time.sleep(DATABASE_PAUSE_S)
    wakeup.close()


def keep_connection() -> None:
    """Keep the database connection between jobs instead of opening one for each."""
    connection.settings_dict.update(CONN_MAX_AGE=300, CONN_HEALTH_CHECKS=True)


def release_claims(queues: Iterable[str]) -> None:
    """End every lease of these queues: what a dead worker had claimed is due again."""
    claimed = Job.objects.filter(queue__in=tuple(queues), claimed_until__isnull=False)
    claimed.filter(finished_at=None).update(claimed_until=None)


def tend_schedules() -> None:
    """Queue the scheduled jobs that are due and delete the history past its time."""
    schedules.queue_due()
    Job.objects.filter(finished_at__lt=clock.now() - HISTORY_KEPT).delete()


def run_waiting() -> int:
    """Run every job that is due, in this process; return how many there were.

    For tests and for a command line; a failed job stays for its next attempt.
    """
    count = 0
    while run_next(QUEUES):
        count += 1
    return count


def run_next(queues: Iterable[str]) -> bool:
    """Claim and run the next job of the first queue that has one; return whether one had."""
    for queue in queues:
        job = claim(queue)
        if job is not None:
            run(job)
            return True
    return False


@transaction.atomic
def claim(queue: str) -> Job | None:
    """Take a lease on the queue's next job and delete the waiting jobs that it stands for.

    The attempt is counted before it begins: a job that kills its process (out of memory, say)
    would otherwise be retried indefinitely, and before all others.
    """
    due = due_jobs(clock.now()).filter(queue=queue)
    job = due.order_by("due_at", "pk").select_for_update(skip_locked=True).first()
    if job is None:
        return None
    if job.key and _delete_duplicates(job):
        job.attempts = 0  # what was queued since a failure has all its attempts
    job.attempts += 1
    job.claimed_until, job.error = lease_end(), STARTED
    job.save(update_fields=["attempts", "claimed_until", "error"])
    return job


def _delete_duplicates(job: Job) -> int:
    """Delete the jobs of the same key that wait for their first attempt.

    A duplicate that another worker is claiming at this moment is skipped instead of waited for.
    """
    same = Job.objects.filter(key=job.key, queue=job.queue, finished_at=None, attempts=0)
    rows = same.exclude(pk=job.pk).select_for_update(skip_locked=True)
    ids = list(rows.values_list("pk", flat=True))
    return Job.objects.filter(pk__in=ids).delete()[0]


def run(job: Job) -> None:
    """Run a claimed job and store how it ended; a failed one is due again later."""
    if not is_genuine(job):
        log.error("Job %d was not queued by this installation and is removed.", job.pk)
        job.delete()
        return
    if job.attempts <= settings.JOBS["max_attempts"]:
        job.error = call(job)
        job.succeeded = not job.error
    _store_end(job)
    if not job.succeeded:
        _log_failure(job)


def _store_end(job: Job) -> None:
    now = clock.now()
    if job.succeeded or job.attempts >= settings.JOBS["max_attempts"]:
        job.finished_at = now
    # Where the lease ran out and another worker has begun its own attempt, the row is no longer
    # this worker's to change.
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
        claimed_until=None,
        due_at=now + _retry_delay(job.attempts),
        finished_at=job.finished_at,
        succeeded=job.succeeded,
        error=job.error,
    )


def _retry_delay(attempts: int) -> timedelta:
    """Double the delay with each attempt, up to settings.JOBS["retry_s"]."""
    return timedelta(seconds=min(FIRST_RETRY_S * 2 ** (attempts - 1), settings.JOBS["retry_s"]))


def call(job: Job) -> str:
    """Call the job's function within its time limit; return what went wrong, or ""."""
    try:
        with limited(job):
            import_string(job.path)(*job.args)
    except (Exception, JobTimeoutError):
        return traceback.format_exc()
    return ""


def _log_failure(job: Job) -> None:
    last = job.error.strip().splitlines()[-1]
    if job.finished_at is None:
        log.warning("%s failed (attempt %d): %s", job.path, job.attempts, last)
    else:
        log.error("%s gave up after %d attempts: %s", job.path, job.attempts, job.error)
