"""How buckets of a roll-up are made: by a query of our own, or by TimescaleDB's own refresh."""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from psycopg2 import sql

from devices.telemetry.levels import DAY, HOUR, LEVELS, MINUTE, NEVER, ORIGIN, RAW_TABLE, Level
from devices.telemetry.partitions import Kind, kind_of

# What one row of the source adds to a bucket.
_FROM_ROWS = "count(*), sum(value), min(value), max(value)"
_FROM_BUCKETS = "sum(count), sum(sum), min(low), max(high)"
# Series by series, along the key that every source has: without an index by time alone, and rows
# of one series come to lie side by side. `telemetry_latest` names every series there is.
_MAKE = """
INSERT INTO {target} AS kept (device_id, metric_id, at, count, sum, low, high)
SELECT of.device_id, of.metric_id, made.at, made.count, made.sum, made.low, made.high
FROM telemetry_latest of CROSS JOIN LATERAL (
    SELECT date_bin({width}, source.at, {origin}), {what}
    FROM {source} source
    WHERE source.device_id = of.device_id AND source.metric_id = of.metric_id
        AND source.at >= {begin} AND source.at < {end}
    GROUP BY 1
) made (at, count, sum, low, high)
WHERE {devices}::bigint[] IS NULL OR of.device_id = ANY ({devices})
ORDER BY of.device_id, of.metric_id, made.at
ON CONFLICT (device_id, metric_id, at) DO UPDATE
SET count = excluded.count, sum = excluded.sum, low = excluded.low, high = excluded.high
WHERE kept.count < excluded.count
"""
_FIRST = """
SELECT min(first.at) FROM telemetry_latest of CROSS JOIN LATERAL (
    SELECT at FROM telemetry_measurement m
    WHERE m.device_id = of.device_id AND m.metric_id = of.metric_id AND at >= %s
    ORDER BY at LIMIT 1
) first
"""
# What this TimescaleDB's refresh can be told, by the names of its arguments.
_REFRESHES = """
SELECT proargnames FROM pg_proc WHERE proname = 'refresh_continuous_aggregate'
ORDER BY pronargs DESC LIMIT 1
"""
_REFRESH_OPTIONS = {
    "force": ", force => true",
    "options": """, options => '{"buckets_per_batch": 0}'""",
}


def make(
    level: Level, begin: datetime, end: datetime, devices: Collection[int] | None = None
) -> None:
    """Make the level's buckets from ``begin`` to ``end``, two bounds of its buckets.

    Of these devices only, or of all; TimescaleDB makes them of all, where something is new.
    """
    if are_continuous():
        _refresh(level, begin, end)
        return
    finer = LEVELS[LEVELS.index(level) - 1] if level is not MINUTE else None
    statement = sql.SQL(_MAKE).format(
        target=sql.Identifier(level.table),
        source=sql.Identifier(finer.table if finer else RAW_TABLE),
        what=sql.SQL(_FROM_BUCKETS if finer else _FROM_ROWS),
        width=sql.Literal(level.width),
        origin=sql.Literal(ORIGIN),
        begin=sql.Literal(begin),
        end=sql.Literal(end),
        devices=sql.Literal(sorted(devices) if devices is not None else None),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def step_level() -> Level:
    """Return the level of which one bucket is made in one step when there is much to catch up."""
    return DAY if are_continuous() else HOUR


def step() -> AbstractContextManager[None]:
    """Return what holds a step together: a transaction, where a refresh may stand in one."""
    return nullcontext() if are_continuous() else transaction.atomic()


def are_continuous() -> bool:
    """Whether the roll-ups are TimescaleDB's continuous aggregates, not tables of our own."""
    return kind_of(MINUTE.table) is Kind.CHUNKS


def first_row(after: datetime = NEVER) -> datetime | None:
    """Return the time of the oldest measurement there is, not older than that."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [after])
        found: datetime | None = cursor.fetchone()[0]
        return found


def oldest_kept(now: datetime) -> datetime:
    """Return the oldest instant whose buckets can still be made from all of their rows."""
    keep = min(timedelta(days=settings.TELEMETRY_KEEP_DAYS), *(level.keep for level in LEVELS))
    return DAY.ceil(now - keep)


def _refresh(level: Level, begin: datetime, end: datetime) -> None:
    """Have TimescaleDB make the buckets, outside any transaction.

    By force where that can be said (2.19): then it does not matter what it remembers of changes,
    which some versions forgot when a refresh was interrupted (timescaledb issues 8591, 10219). In
    one batch where that can be said (2.21): from 2.28 on it makes ten buckets at a time by itself,
    each time in transactions of their own (pull request 9903), and lost one (issue 10221).
    """
    with connection.cursor() as cursor:
        cursor.execute(_REFRESHES)
        known = cursor.fetchone()[0]
        rest = "".join(text for name, text in _REFRESH_OPTIONS.items() if name in known)
        cursor.execute(
            f"CALL refresh_continuous_aggregate(%s::regclass, %s, %s{rest})",
            [level.table, begin, end],
        )
