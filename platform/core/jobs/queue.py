"""Queue a job in the transaction of the change that needs it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from django.core.signing import Signer
from django.db import connection
from django.db.models import Min, Q, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from core import clock
from core.models import Job

Plain = str | int | float | bool | None | list[Any] | dict[str, Any]
QueueName = Literal["fast", "bulk"]
# What a person or a lane waits for: jobs of well under a second that call no outside service.
FAST: QueueName = "fast"
# Everything else: imports, mails, retention, runs over many rows.
BULK: QueueName = "bulk"
QUEUES = (FAST, BULK)

# One statement, since payments and decisions wait for it.
_ENQUEUE = """
WITH added AS (
    INSERT INTO core_job
        (queue, path, args, signature, key, created_at, due_at, attempts, succeeded, error)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 0, false, '') RETURNING id
)
SELECT pg_notify(%s, '') FROM added
"""

Function = TypeVar("Function", bound=Callable[..., object])
_queue_of: dict[str, QueueName] = {}


class JobError(ValueError):
    """A job that cannot be queued; the text gives the reason."""


def job(*, queue: QueueName) -> Callable[[Function], Function]:
    """Declare the queue in which the decorated function runs; undeclared jobs run in FAST."""

    def declare(function: Function) -> Function:
        _queue_of[f"{function.__module__}.{function.__qualname__}"] = queue
        return function

    return declare


def enqueue(
    job: str | Callable[..., object],
    *args: Plain,
    key: str = "",
    queue: QueueName | None = None,
    after: timedelta = timedelta(),
) -> None:
    """Queue a function at the top of a module, or its dotted path, to run with `args`.

    The job is a row of the current transaction: it runs after the commit, and never after a
    rollback. Waiting jobs of one `key` run as one: the worker that claims the first deletes the
    others that it can see. A job that is running already doesn't count, since it may have read
    the data before this change; nor does one that another open transaction has queued, so that
    no transaction waits for another.

    Args:
        job: the function or its path.
        args: plain JSON values; the id of a model, as the model itself would be stale.
        key: names the work; jobs of one key have the same effect.
        queue: FAST or BULK instead of the queue the job declares.
        after: it does not run before so much time has passed.

    Raises:
        JobError: the function cannot be found by its path, or an argument is no JSON value.
    """
    path = path_of(job)
    arguments = _dump(path, args)
    now = clock.now()
    name = queue or _queue_of.get(path, FAST)
    signature = _signature(path, arguments)
    values: list[Any] = [name, path, arguments, signature, key, now, now + after, channel(name)]
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE, values)


def channel(queue: str) -> str:
    """Return the name under which PostgreSQL notifies the workers of a queue."""
    return f"gatehouse_jobs_{queue}"


def path_of(job: str | Callable[..., object]) -> str:
    """Return the dotted path of a job.

    Raises:
        JobError: the path leads to no function, or to another one.
    """
    path = job if isinstance(job, str) else f"{job.__module__}.{job.__qualname__}"
    try:
        found = import_string(path)
    except ImportError as error:
        raise JobError(f"No job can be found at {path!r}: {error}") from error
    if not callable(found) or (not isinstance(job, str) and found is not job):
        raise JobError(f"{path!r} is no function at the top of a module: jobs are found by path.")
    return path


def is_genuine(job: Job) -> bool:
    """Return whether this installation queued the job with these arguments."""
    return constant_time_compare(job.signature, _signature(job.path, _dump(job.path, job.args)))


def waiting() -> int:
    """Count the jobs that are due and that no worker runs."""
    return due_jobs(clock.now()).count()


def oldest_waiting() -> datetime | None:
    """Return since when the job that waits longest is due; None if none waits."""
    first: datetime | None = due_jobs(clock.now()).aggregate(first=Min("due_at"))["first"]
    return first


def due_jobs(now: datetime) -> QuerySet[Job]:
    """Select the jobs that may start: due, and under no lease or one that has run out."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return Job.objects.filter(free, finished_at=None, due_at__lte=now)


def _dump(path: str, args: Any) -> str:
    try:
        return json.dumps(args, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise JobError(
            f"The arguments of {path} are no plain JSON values ({error}): pass an id instead."
        ) from error


def _signature(path: str, arguments: str) -> str:
    return Signer(salt="core.jobs").signature(f"{path} {arguments}")
