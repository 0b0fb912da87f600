"""Jobs that recur: every so many minutes, or at a wall-clock time of each site.

They are declared beside their function in an app's `jobs.py`. When each is due next is a row of
`Schedule`; a worker that finds one due queues the job and moves the row on in one transaction.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F, Q
from django.utils.module_loading import autodiscover_modules

from core import clock
from core.jobs.local_time import LocalTime
from core.jobs.queue import BULK, JobError, QueueName, enqueue, path_of
from core.jobs.queue import job as declare
from core.models import Schedule, Site

Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True)
class Interval:
    """A job without arguments that recurs for the whole installation."""

    function: Callable[..., object]
    minutes: int

    def advance(self, row: Schedule, now: datetime) -> tuple[str, ...]:
        """Move the row to the first multiple of the interval that is ahead; return the arguments.

        After a downtime the job therefore runs once, not once for each time that was missed.
        """
        step = timedelta(minutes=self.minutes)
        row.next_at += step * ((now - row.next_at) // step + 1)
        return ()


@dataclass(frozen=True)
class SiteTime:
    """A job that recurs at a local time of each site, called with the site's id and the date."""

    function: Callable[..., object]
    local: LocalTime

    def advance(self, row: Schedule, now: datetime) -> tuple[int | str, ...] | None:
        """Move the row behind the latest date that has come; return the job's arguments.

        Returns None where that date was queued before, as after a change of the site's timezone.
        """
        assert row.site is not None  # noqa: S101 — rows of a SiteTime are made per site
        row.timezone = row.site.timezone
        zone = clock.zone(row.timezone)
        day = self.local.last_day(now, zone)
        is_new = row.last_day is None or day > row.last_day
        row.last_day = day if row.last_day is None else max(day, row.last_day)
        row.next_at = self.local.next_instant(row.last_day, zone)
        return (row.site_id, day.isoformat()) if is_new and row.site_id else None


_registry: dict[str, Interval | SiteTime] = {}


def every(*, minutes: int, queue: QueueName = BULK) -> Callable[[Function], Function]:
    """Run the decorated function, which takes no arguments, every so many minutes.

    It first runs when it is first declared. After a downtime it runs once.

    Raises:
        JobError: less than one minute.
    """
    if minutes < 1:
        raise JobError(f"every(minutes={minutes}): a job recurs after one minute at the earliest.")

    def register(function: Function) -> Function:
        _registry[_name(function)] = Interval(function, minutes)
        return declare(queue=queue)(function)

    return register


def at_local_time(
    at: str, *, day_of_month: int | None = None, queue: QueueName = BULK
) -> Callable[[Function], Function]:
    """Run the decorated function at a wall-clock time of each site, as `f(site_id, day)`.

    `day` is the local date ("2026-03-29") that the run is for. It runs once per site and date:
    where the clocks skip the time, at the first instant after; where they repeat it, at the
    first. Dates missed in a downtime are made up by one run, for the latest of them. A new site's
    first run is at the next such time.

    Args:
        at: the time of day, such as "03:00".
        day_of_month: 1 to 28 for a monthly job; None for a daily one.
        queue: where the job waits.

    Raises:
        JobError: no such time, or a day that some months do not have.
    """
    if day_of_month is not None and not 1 <= day_of_month <= 28:
        raise JobError(f"day_of_month={day_of_month}: each month has the days 1 to 28.")
    try:
        local = LocalTime(time.fromisoformat(at), day_of_month)
    except ValueError as error:
        raise JobError(f"at_local_time({at!r}): write a time such as '03:00'.") from error

    def register(function: Function) -> Function:
        _registry[_name(function)] = SiteTime(function, local)
        return declare(queue=queue)(function)

    return register


def sync_schedules() -> int:
    """Make the schedules those that the apps declare; return how many are declared.

    A new interval is due at once; what is no longer declared is removed.
    """
    declare_jobs()
    Schedule.objects.exclude(path__in=_registry).delete()
    for path, declared in _registry.items():
        path_of(declared.function)
        if isinstance(declared, Interval):
            Schedule.objects.filter(path=path, site__isnull=False).delete()
            Schedule.objects.get_or_create(path=path, site=None, defaults={"next_at": clock.now()})
        else:
            Schedule.objects.filter(path=path, site=None).delete()
            _sync_sites(path, declared)
    return len(_registry)


def declare_jobs() -> None:
    """Import every app's `jobs.py` and `runs.py`, which declare its jobs and kinds of runs."""
    autodiscover_modules("jobs", "runs")


def queue_due() -> None:
    """Queue the scheduled jobs that are due."""
    for path, declared in _registry.items():
        if isinstance(declared, SiteTime):
            _sync_sites(path, declared)
    while _queue_one():
        pass


def _sync_sites(path: str, declared: SiteTime) -> None:
    """Add the rows of new sites, and recompute those whose timezone has changed."""
    now = clock.now()
    Schedule.objects.bulk_create(_rows_of_new_sites(path, declared, now), ignore_conflicts=True)
    moved = Schedule.objects.filter(path=path, site__isnull=False, next_at__gt=now)
    moved.exclude(timezone=F("site__timezone")).update(next_at=now)


def _rows_of_new_sites(path: str, declared: SiteTime, now: datetime) -> Iterator[Schedule]:
    known = Schedule.objects.filter(path=path, site__isnull=False).values("site")
    for site in Site.objects.exclude(pk__in=known):
        zone = clock.zone(site.timezone)
        day = declared.local.last_day(now, zone)
        yield Schedule(
            path=path,
            site=site,
            timezone=site.timezone,
            last_day=day,
            next_at=declared.local.next_instant(day, zone),
        )


@transaction.atomic
def _queue_one() -> bool:
    """Queue the job of one due row and move the row on; return whether there was one."""
    now = clock.now()
    due = Schedule.objects.filter(Q(path__in=_registry), next_at__lte=now).order_by("next_at")
    locked = due.select_related("site").select_for_update(skip_locked=True, of=("self",))
    row = locked.first()
    if row is None:
        return False
    arguments = _registry[row.path].advance(row, now)
    row.save(update_fields=["next_at", "timezone", "last_day"])
    if arguments is not None:
        enqueue(row.path, *arguments, key=" ".join(map(str, (row.path, *arguments))))
    return True


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
