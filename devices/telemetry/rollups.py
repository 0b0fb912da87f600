"""Keep the roll-ups up to date: every minute, after late rows, and across a killed process.

Two instants record their progress (`RollUpProgress`). Every row older than *claimed_until* belongs
to the job: a writer that adds such a row records its hour in `LateHour`. Every bucket that ends by
*completed_until* is built; a curve reads newer rows from the measurements. A run of the job

1. claims everything up to a minute ago, and commits;
2. waits for transactions that were adding rows at that moment, since they may have read the
   previous claim;
3. builds the buckets between *completed_until* and *claimed_until*, step by step, each step in its
   own transaction;
4. rebuilds the recorded late hours and the days they belong to, and deletes the records.

Every step can be repeated: a bucket is always built from all of its rows, never added to. In our
own tables a bucket is only replaced by one with more rows, so it survives when the measurements it
was built from are dropped.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from core import clock
from devices.telemetry import buckets, partitions, rollup_lock
from devices.telemetry.levels import DAY, HOUR, LEVELS, MIN_TIME, MINUTE, RAW_TABLE
from devices.telemetry.models import LateHour, RollUpProgress

logger = logging.getLogger(__name__)

# Rows that arrive within this time of their own time are not late.
LAG = timedelta(minutes=1)
TIME_LIMIT_S = 10.0  # per run, once a minute: the worker's other jobs wait meanwhile
WRITERS_TIMEOUT_S = 10.0
LATE_HOURS_PER_STEP = 1000
_PROGRESS_ID = 1
_POLL_S = 0.02
# A transaction that has inserted into a table holds this lock on it until it ends; CREATE INDEX
# CONCURRENTLY finds its predecessors in the same way. PostgreSQL: "Table-Level Locks", pg_locks.
_WRITERS = f"""
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = '{RAW_TABLE}'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
"""  # noqa: S608 - a constant
_CLAIM = """
INSERT INTO telemetry_rollupprogress AS stored (id, claimed_until) VALUES (%s, %s)
ON CONFLICT (id) DO UPDATE
SET claimed_until = greatest(stored.claimed_until, excluded.claimed_until)
"""
_LATE_HOURS = """
SELECT device_id, hour, array_agg(id) FROM telemetry_latehour
GROUP BY device_id, hour ORDER BY hour, device_id LIMIT %s
"""

TimeIsUp = Callable[[], bool]


class _LateHours(NamedTuple):
    """All current records of one late hour of one device."""

    device_id: int
    hour: datetime
    pks: list[int]


def record_late_hours(reports: Iterable[tuple[int, datetime]]) -> None:
    """Record the hours of rows that are too late for their roll-ups, so that the job rebuilds them.

    Call it in the transaction that adds the rows, after the INSERT. Then either the job waits for
    that transaction, or this function reads the job's new claim. It costs one read, and a row per
    late device and hour. It relies on READ COMMITTED, the default of PostgreSQL and Django.

    Args:
        reports: device id and measurement time of each row (or message).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT claimed_until FROM telemetry_rollupprogress")
        row = cursor.fetchone()
    if row is None:
        return
    claimed_until = row[0]
    late = {(device_id, HOUR.floor(at)) for device_id, at in reports if at < claimed_until}
    if late:
        LateHour.objects.bulk_create(LateHour(device_id=pk, hour=hour) for pk, hour in late)


def roll_up(now: datetime | None = None, time_limit_s: float = TIME_LIMIT_S) -> bool:
    """Bring the roll-ups up to a minute ago; return False where work is left for the next run.

    Work is left when the time limit is reached, when a transaction that adds rows does not end, or
    when another process holds the lock. On TimescaleDB it cannot run inside a transaction.
    """
    end = time.monotonic() + time_limit_s

    def time_is_up() -> bool:
        return time.monotonic() >= end

    with rollup_lock.exclusive() as acquired:
        if not acquired:
            return False
        progress = _claim(MINUTE.floor((now or clock.now()) - LAG))
        if not _wait_for_writers():
            logger.warning("roll-ups wait: a transaction that adds telemetry does not end")
            return False
        completed = _advance(progress, time_is_up)
        return completed == progress.claimed_until and _rebuild_late_hours(completed, time_is_up)


def completed_until() -> datetime | None:
    """Return the instant up to which every bucket is built; None before the first run."""
    rows = RollUpProgress.objects.filter(pk=_PROGRESS_ID)
    return rows.values_list("completed_until", flat=True).first()


def _claim(until: datetime) -> RollUpProgress:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [_PROGRESS_ID, until])
    return RollUpProgress.objects.get(pk=_PROGRESS_ID)


def _wait_for_writers() -> bool:
    """Wait for transactions that add rows now; those that begin later read the new claim."""
    end = time.monotonic() + WRITERS_TIMEOUT_S
    before = _writers()
    while before & _writers():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL_S)
    return True


def _writers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS)
        return {transaction_id for (transaction_id,) in cursor.fetchall()}


def _advance(progress: RollUpProgress, time_is_up: TimeIsUp) -> datetime:
    """Build the buckets up to the claim, until the time is up; return how far they are built."""
    claimed = progress.claimed_until
    completed = progress.completed_until or _next_day_with_rows(MIN_TIME, claimed)
    step = buckets.step_level()
    while completed < claimed and not time_is_up():
        if completed == DAY.floor(completed):
            completed = max(completed, _next_day_with_rows(completed, claimed))
            partitions.create_partitions(completed.date(), MINUTE.table)
        end = min(step.floor(completed) + step.width, claimed)
        with buckets.step_transaction():
            _build(completed, end)
            _set_completed(end)
        completed = end
    _set_completed(completed)
    return completed


def _next_day_with_rows(after: datetime, claimed: datetime) -> datetime:
    """Return the start of the next day with measurements, or the claim where there is none."""
    first = buckets.first_measurement_at(after)
    return claimed if first is None else min(DAY.floor(first), claimed)


def _set_completed(until: datetime) -> None:
    RollUpProgress.objects.filter(pk=_PROGRESS_ID).update(completed_until=until)


def _build(begin: datetime, end: datetime) -> None:
    """Build the buckets of every device that end within the span, finer levels first."""
    for level in LEVELS:
        first, last = level.floor(begin), level.floor(end)
        if first < last:
            buckets.build(level, first, last)


def _rebuild_late_hours(completed: datetime, time_is_up: TimeIsUp) -> bool:
    """Rebuild recorded late hours, a batch per step; return False where some are left."""
    while batch := _late_hours():
        if time_is_up():
            return False
        with buckets.step_transaction():
            _rebuild(batch, completed)
            # By id: another record of the same hour may have been added meanwhile, with its rows.
            _delete([pk for late in batch for pk in late.pks])
    return True


def _late_hours() -> list[_LateHours]:
    with connection.cursor() as cursor:
        cursor.execute(_LATE_HOURS, [LATE_HOURS_PER_STEP])
        return [_LateHours(*row) for row in cursor.fetchall()]


def _delete(pks: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM telemetry_latehour WHERE id = ANY (%s)", [pks])


def _rebuild(batch: Iterable[_LateHours], completed: datetime) -> None:
    """Rebuild the late hours, then their days; skip what is past its retention."""
    oldest = buckets.oldest_rebuildable(clock.now())
    hours: dict[datetime, set[int]] = defaultdict(set)
    days: dict[datetime, set[int]] = defaultdict(set)
    for late in batch:
        if oldest <= late.hour < completed:
            hours[late.hour].add(late.device_id)
            days[DAY.floor(late.hour)].add(late.device_id)
    for hour, devices in sorted(hours.items()):
        buckets.build(MINUTE, hour, min(hour + HOUR.width, completed), devices)
        if hour + HOUR.width <= completed:
            buckets.build(HOUR, hour, hour + HOUR.width, devices)
    for day, devices in sorted(days.items()):
        if day + DAY.width <= completed:
            buckets.build(DAY, day, day + DAY.width, devices)
