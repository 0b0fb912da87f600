"""The one door to work that happens later: `enqueue` now, `every` on a clock.

Behind it stands django-q2's queue in PostgreSQL (docs/decisions/0003-jobs.md says why); nothing
outside this folder imports it. A job runs at least once: after a crash it is run again, so a job
is written such that a second run does no harm.
"""

from core.jobs.queue import JobError, enqueue, path_of, waiting
from core.jobs.schedules import every, sync_schedules
from core.jobs.worker import run_waiting, work

__all__ = [
    "JobError",
    "enqueue",
    "every",
    "path_of",
    "run_waiting",
    "sync_schedules",
    "waiting",
    "work",
]
