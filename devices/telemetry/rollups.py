"""Roll-ups kept up to date: by the minute, whatever comes late, and across a kill -9.

Two instants say how far they are (`Mark`). All rows older than *claimed* belong to the job: who
adds such a row leaves a note of its hour. All buckets that end by *done* are made; a curve takes
what is younger from the measurements themselves. A run of the job

1. claims up to a minute ago, and commits that;
2. waits for those who were adding rows at that moment: they may have read the claim before it;
3. makes what lies between *done* and *claimed*, a piece at a time, each in its own transaction;
4. makes the hours of the notes anew, and then the days they are in, and removes the notes.

Each step can be done twice: buckets are made from all their rows, never added to. A bucket of our
own tables is replaced only by one of more rows, so what was dropped with its day is not lost here.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from core import clock
from devices.telemetry import buckets, partitions
from devices.telemetry.levels import DAY, HOUR, LEVELS, MINUTE, NEVER, RAW_TABLE
from devices.telemetry.models import LateHour, Mark

logger = logging.getLogger(__name__)

# Rows that come within so long of their time cost the job nothing.
LAG = timedelta(minutes=1)
ALLOWED_S = 10.0  # of each minute: other jobs wait meanwhile
WRITERS_S = 10.0
HOURS_AT_ONCE = 1000
_MARK = 1
_POLL_S = 0.02
# "telemetry roll-ups": one process at a time; a session's lock, which ends with its connection.
_LOCK = 7_351_062_218
# Whoever has inserted into a table holds this lock on it until the transaction's end; it is how
# CREATE INDEX CONCURRENTLY knows whom to wait for. PostgreSQL: "Table-Level Locks", pg_locks.
_WRITERS = f"""
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = '{RAW_TABLE}'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
"""  # noqa: S608 - a constant
_CLAIM = """
INSERT INTO telemetry_mark AS kept (id, claimed) VALUES (%s, %s)
ON CONFLICT (id) DO UPDATE SET claimed = greatest(kept.claimed, excluded.claimed)
"""
_NOTES = """
SELECT device_id, hour, array_agg(id) FROM telemetry_latehour
GROUP BY device_id, hour ORDER BY hour, device_id LIMIT %s
"""

Deadline = Callable[[], bool]


class _Note(NamedTuple):
    """Every note of one hour of one device that is there now."""

    device_id: int
    hour: datetime
    pks: list[int]


def note_late(spoken: Iterable[tuple[int, datetime]]) -> None:
    """Leave notes of rows that are too late for their roll-ups, for the job to make them anew.

    Call it in the transaction that adds the rows, after the INSERT, with the device and the time
    of each row (or message): then either the job waits for that transaction, or this sees the
    job's claim. It costs one read, and a row for each device and hour that is late. It relies on
    READ COMMITTED, PostgreSQL's and Django's default.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT claimed FROM telemetry_mark")
        mark = cursor.fetchone()
    if mark is None:
        return
    claimed = mark[0]
    late = {(device_id, HOUR.floor(at)) for device_id, at in spoken if at < claimed}
    if late:
        LateHour.objects.bulk_create(LateHour(device_id=who, hour=hour) for who, hour in late)


def roll_up(now: datetime | None = None, allowed_s: float = ALLOWED_S) -> bool:
    """Bring the roll-ups up to a minute ago; False where something is left for the next time.

    That is: the time was over, somebody's transaction did not end, or another process is at it.
    On TimescaleDB it can't run inside a transaction.
    """
    end = time.monotonic() + allowed_s

    def over() -> bool:
        return time.monotonic() >= end

    with _alone() as mine:
        if not mine:
            return False
        mark = _claim(MINUTE.floor((now or clock.now()) - LAG))
        if not _writers_end():
            logger.warning("roll-ups wait: a transaction that adds telemetry does not end")
            return False
        done = _advance(mark, over)
        return done == mark.claimed and _make_anew(done, over)


def done_until() -> datetime | None:
    """Return the instant up to which every bucket is made; None before the first run."""
    return Mark.objects.filter(pk=_MARK).values_list("done", flat=True).first()


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _claim(until: datetime) -> Mark:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [_MARK, until])
    return Mark.objects.get(pk=_MARK)


def _writers_end() -> bool:
    """Wait for those who add rows now; whoever begins later sees the claim."""
    end = time.monotonic() + WRITERS_S
    waited_for = _writers()
    while waited_for & _writers():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL_S)
    return True


def _writers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS)
        return {transaction_id for (transaction_id,) in cursor.fetchall()}


def _advance(mark: Mark, over: Deadline) -> datetime:
    """Make the buckets from what is done to what is claimed; return how far that is done now."""
    done, step = mark.done or _next_day(NEVER, mark.claimed), buckets.step_level()
    while done < mark.claimed and not over():
        if done == DAY.floor(done):
            done = max(done, _next_day(done, mark.claimed))
            partitions.make_days(done.date(), MINUTE.table)
        end = min(step.floor(done) + step.width, mark.claimed)
        with buckets.step():
            _make(done, end)
            _set_done(end)
        done = end
    _set_done(done)
    return done


def _next_day(after: datetime, claimed: datetime) -> datetime:
    """Return the beginning of the next day on which anything was measured, or the claim."""
    first = buckets.first_row(after)
    return claimed if first is None else min(DAY.floor(first), claimed)


def _set_done(done: datetime) -> None:
    Mark.objects.filter(pk=_MARK).update(done=done)


def _make(begin: datetime, end: datetime) -> None:
    """Make the buckets of every device that end in the span: fine ones first."""
    for level in LEVELS:
        first, last = level.floor(begin), level.floor(end)
        if first < last:
            buckets.make(level, first, last)


def _make_anew(done: datetime, over: Deadline) -> bool:
    """Make the noted buckets anew, so many at a time; False where some are left."""
    while notes := _notes():
        if over():
            return False
        with buckets.step():
            _make_of(notes, done)
            # These and no others: one of the same hour may have come meanwhile, with its rows.
            _remove([pk for note in notes for pk in note.pks])
    return True


def _notes() -> list[_Note]:
    with connection.cursor() as cursor:
        cursor.execute(_NOTES, [HOURS_AT_ONCE])
        return [_Note(*row) for row in cursor.fetchall()]


def _remove(pks: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM telemetry_latehour WHERE id = ANY (%s)", [pks])


def _make_of(notes: Iterable[_Note], done: datetime) -> None:
    """Make the noted hours anew, then their days; what is not kept any more is left alone."""
    oldest = buckets.oldest_kept(clock.now())
    hours: dict[datetime, set[int]] = defaultdict(set)
    days: dict[datetime, set[int]] = defaultdict(set)
    for note in notes:
        if oldest <= note.hour < done:
            hours[note.hour].add(note.device_id)
            days[DAY.floor(note.hour)].add(note.device_id)
    for hour, devices in sorted(hours.items()):
        buckets.make(MINUTE, hour, min(hour + HOUR.width, done), devices)
        if hour + HOUR.width <= done:
            buckets.make(HOUR, hour, hour + HOUR.width, devices)
    for day, devices in sorted(days.items()):
        if day + DAY.width <= done:
            buckets.make(DAY, day, day + DAY.width, devices)
