"""Build the buckets of a roll-up, by a query of our own or by TimescaleDB's refresh."""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from psycopg2 import sql

from devices.telemetry.levels import DAY, HOUR, LEVELS, MIN_TIME, MINUTE, ORIGIN, RAW_TABLE, Level
from devices.telemetry.partitions import Storage, storage_of

# The aggregates of a bucket over the rows of its source.
_FROM_ROWS = "count(*), sum(value), min(value), max(value)"
_FROM_BUCKETS = "sum(count), sum(sum), min(low), max(high)"
# Reads each series along the primary key, so that no index on time alone is needed and the rows of
# a series are written side by side. `telemetry_latest` lists every series.
_BUILD = """
INSERT INTO {target} AS stored (device_id, metric_id, at, count, sum, low, high)
SELECT series.device_id, series.metric_id, bucket.at, bucket.count, bucket.sum, bucket.low,
    bucket.high
FROM telemetry_latest series CROSS JOIN LATERAL (
    SELECT date_bin({width}, source.at, {origin}), {aggregates}
    FROM {source} source
    WHERE source.device_id = series.device_id AND source.metric_id = series.metric_id
        AND source.at >= {begin} AND source.at < {end}
    GROUP BY 1
) bucket (at, count, sum, low, high)
WHERE {devices}::bigint[] IS NULL OR series.device_id = ANY ({devices})
ORDER BY series.device_id, series.metric_id, bucket.at
ON CONFLICT (device_id, metric_id, at) DO UPDATE
SET count = excluded.count, sum = excluded.sum, low = excluded.low, high = excluded.high
WHERE stored.count < excluded.count
"""
_FIRST_MEASUREMENT = """
SELECT min(first.at) FROM telemetry_latest series CROSS JOIN LATERAL (
    SELECT at FROM telemetry_measurement m
    WHERE m.device_id = series.device_id AND m.metric_id = series.metric_id AND at >= %s
    ORDER BY at LIMIT 1
) first
"""
# The names of the arguments that this version's refresh accepts.
_REFRESH_ARGUMENTS = """
SELECT proargnames FROM pg_proc WHERE proname = 'refresh_continuous_aggregate'
ORDER BY pronargs DESC LIMIT 1
"""
_REFRESH_OPTIONS = {
    "force": ", force => true",
    "options": """, options => '{"buckets_per_batch": 0}'""",
}


def build(
    level: Level, begin: datetime, end: datetime, devices: Collection[int] | None = None
) -> None:
    """Build the level's buckets in the span, from all of their rows.

    Args:
        level: which roll-up.
        begin: start of the first bucket.
        end: end of the last bucket.
        devices: only of these devices; None for all. TimescaleDB always refreshes all.
    """
    if uses_continuous_aggregates():
        _refresh(level, begin, end)
        return
    finer = LEVELS[LEVELS.index(level) - 1] if level is not MINUTE else None
    statement = sql.SQL(_BUILD).format(
        target=sql.Identifier(level.table),
        source=sql.Identifier(finer.table if finer else RAW_TABLE),
        aggregates=sql.SQL(_FROM_BUCKETS if finer else _FROM_ROWS),
        width=sql.Literal(level.width),
        origin=sql.Literal(ORIGIN),
        begin=sql.Literal(begin),
        end=sql.Literal(end),
        devices=sql.Literal(sorted(devices) if devices is not None else None),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def step_level() -> Level:
    """Return the level of which the job builds one bucket per step when it catches up."""
    return DAY if uses_continuous_aggregates() else HOUR


def step_transaction() -> AbstractContextManager[None]:
    """Return the context of one step: a transaction, unless a refresh would refuse to run in it."""
    return nullcontext() if uses_continuous_aggregates() else transaction.atomic()


def uses_continuous_aggregates() -> bool:
    """Return whether the roll-ups are TimescaleDB's continuous aggregates, not our own tables."""
    return storage_of(MINUTE.table) is Storage.CHUNKS


def first_measurement_at(after: datetime = MIN_TIME) -> datetime | None:
    """Return the time of the oldest measurement that is not before the instant."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_MEASUREMENT, [after])
        at: datetime | None = cursor.fetchone()[0]
        return at


def oldest_rebuildable(now: datetime) -> datetime:
    """Return the oldest instant from which buckets can still be built from all of their rows."""
    raw = timedelta(days=settings.TELEMETRY_KEEP_DAYS)
    return DAY.ceil(now - min(raw, *(level.retention for level in LEVELS)))


def _refresh(level: Level, begin: datetime, end: datetime) -> None:
    """Have TimescaleDB refresh the buckets, outside any transaction.

    Forced where the version knows `force` (2.19): the result then does not depend on the log of
    changes, of which some versions lost entries when a refresh was interrupted (timescaledb issues
    8591, 10219). In one batch where it knows `options` (2.21): since 2.28 it refreshes ten buckets
    at a time by default, in separate transactions (pull request 9903), and lost one (issue 10221).
    """
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH_ARGUMENTS)
        names = cursor.fetchone()[0]
        options = "".join(text for name, text in _REFRESH_OPTIONS.items() if name in names)
        cursor.execute(
            f"CALL refresh_continuous_aggregate(%s::regclass, %s, %s{options})",
            [level.table, begin, end],
        )
