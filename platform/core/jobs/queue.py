"""Put a job into the queue, in the transaction of the change that calls for it."""

import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string
from django_q.brokers import get_broker
from django_q.tasks import async_task

from core.models import QueuedKey

Plain = str | int | float | bool | None | list[Any] | dict[str, Any]


class JobError(ValueError):
    """A job that cannot be queued; the text names what is wrong with it."""


def enqueue(job: str | Callable[..., object], *args: Plain, key: str | None = None) -> bool:
    """Have `job` (a function at the top of a module, or its dotted path) run with `args` soon.

    The job is a row written by the current transaction: it runs after the commit, and never where
    the transaction is rolled back. With a `key`, nothing is added while a job with the same key
    waits for its start (False is returned); one that already runs does not count, since it may
    have read the data before this change.

    Raises JobError for a function that cannot be found again by its path, and for arguments that
    are not plain JSON values: a model would be stale by the time it is used, so give its id.
    """
    path = path_of(job)
    _require_plain(path, args)
    with transaction.atomic():
        if key is not None and not QueuedKey.objects.get_or_create(key=key)[1]:
            return False
        async_task(path, *args, q_options={"group": key or path})
    return True


def path_of(job: str | Callable[..., object]) -> str:
    """The dotted path of a job.

    Raises JobError where nothing, or something else, is found at that path.
    """
    path = job if isinstance(job, str) else f"{job.__module__}.{job.__qualname__}"
    try:
        found = import_string(path)
    except ImportError as error:
        raise JobError(f"No job can be found at {path!r}: {error}") from error
    if not callable(found) or (not isinstance(job, str) and found is not job):
        raise JobError(f"{path!r} is no function at the top of a module: jobs are found by path.")
    return path


def _require_plain(path: str, args: tuple[Plain, ...]) -> None:
    try:
        json.dumps(args)
    except (TypeError, ValueError) as error:
        raise JobError(
            f"The arguments of {path} are no plain JSON values ({error}): give an id instead."
        ) from error


def waiting() -> int:
    """How many jobs wait for their start, or for another try."""
    return int(get_broker().queue_size())
