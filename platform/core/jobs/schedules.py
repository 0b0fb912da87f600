"""Jobs that return on a clock: declared beside their function, kept in the queue's own table."""

from collections.abc import Callable
from typing import TypeVar

from django.utils.module_loading import autodiscover_modules
from django_q.models import Schedule

from core import clock
from core.jobs.queue import JobError, path_of

Job = TypeVar("Job", bound=Callable[[], object])
OURS = "every:"
_registry: dict[str, tuple[Callable[[], object], int]] = {}


def every(*, minutes: int) -> Callable[[Job], Job]:
    """Run the decorated function, which takes no arguments, every so many minutes.

    It belongs into an app's `jobs.py`, where it is found at the start of the appliance. After a
    time of standstill it runs once, not once for each time that was missed.

    Raises JobError for less than one minute.
    """
    if minutes < 1:
        raise JobError(f"every(minutes={minutes}): a job returns after one minute at the earliest.")

    def register(job: Job) -> Job:
        _registry[f"{job.__module__}.{job.__qualname__}"] = (job, minutes)
        return job

    return register


def sync_schedules() -> int:
    """Make the queue's schedules those that the apps declare; return how many there are.

    A new one is due at once; one that is no longer declared is removed.
    """
    autodiscover_modules("jobs")
    for job, minutes in _registry.values():
        _sync_one(path_of(job), minutes)
    names = [OURS + path for path in _registry]
    Schedule.objects.filter(name__startswith=OURS).exclude(name__in=names).delete()
    return len(names)


def _sync_one(path: str, minutes: int) -> None:
    values = {"func": path, "minutes": minutes, "schedule_type": Schedule.MINUTES, "repeats": -1}
    Schedule.objects.update_or_create(
        name=OURS + path, defaults=values, create_defaults={**values, "next_run": clock.now()}
    )
