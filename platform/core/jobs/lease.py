"""The time limit of a running job, extended by each report of progress.

A job holds two times: its limit, after which SIGALRM ends it in its own process, and its lease in
the database, after which another worker may run it because this process must be dead.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType

from django.conf import settings

from core import clock
from core.models import Job

_running: list[Job] = []


class JobTimeoutError(BaseException):
    """The job reported no progress within its limit.

    Not an Exception, so that a job's own `except Exception` does not swallow it.
    """


@contextmanager
def limited(job: Job) -> Iterator[None]:
    """Run the block as this job, for settings.JOBS["timeout_s"] seconds from its last report.

    Raises:
        JobTimeoutError: the time is over; raised inside the block.
    """
    before = signal.signal(signal.SIGALRM, _raise_timeout)
    _running.append(job)
    try:
        _restart_timer()
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        _running.remove(job)


def report_progress() -> None:
    """Give the running job its whole time limit and lease again.

    Call it between transactions: inside one, other workers do not see the new lease before the
    commit. Outside a job it has no effect.
    """
    if not _running:
        return
    _restart_timer()
    Job.objects.filter(pk=_running[-1].pk).update(claimed_until=lease_end())


def lease_end() -> datetime:
    """Return when a lease ends that begins now."""
    return clock.now() + timedelta(seconds=settings.JOBS["lease_s"])


def _restart_timer() -> None:
    signal.setitimer(signal.ITIMER_REAL, settings.JOBS["timeout_s"])


def _raise_timeout(number: int, frame: FrameType | None) -> None:
    raise JobTimeoutError(f"no progress within {settings.JOBS['timeout_s']} seconds")
