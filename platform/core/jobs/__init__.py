"""Background jobs: `enqueue` now, `every` some minutes, `at_local_time` of each site.

`tick` is for a short look every few seconds, which is no job.

Jobs are rows in PostgreSQL (docs/decisions/0003-jobs.md). A job runs at least once: after a crash
it is run again, so a second run must do no harm.
"""

from core.jobs.lease import report_progress
from core.jobs.queue import (
    BULK,
    FAST,
    JobError,
    enqueue,
    job,
    oldest_waiting,
    path_of,
    waiting,
)
from core.jobs.schedules import at_local_time, every, sync_schedules
from core.jobs.ticks import tick
from core.jobs.worker import run_waiting, work

__all__ = [
    "BULK",
    "FAST",
    "JobError",
    "at_local_time",
    "enqueue",
    "every",
    "job",
    "oldest_waiting",
    "path_of",
    "report_progress",
    "run_waiting",
    "sync_schedules",
    "tick",
    "waiting",
    "work",
]
