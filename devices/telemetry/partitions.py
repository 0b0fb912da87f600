"""Partitions of the largest tables: created ahead, compacted once past, and dropped.

On plain PostgreSQL the measurements and their minutes have one partition per UTC day, and a default
partition for rows of any other day. On TimescaleDB both have chunks, which it creates by itself.
Tables that are too small for partitions (hours and days) lose their oldest rows by DELETE.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from django.db import connection, transaction
from psycopg2 import sql

from devices.telemetry import columnstore
from devices.telemetry.levels import RAW_TABLE

CREATED_AHEAD = timedelta(days=7)
# CLUSTER locks a day against late rows; above this size it would lock it for too long.
MAX_COMPACTED_BYTES = 2 * 1024**3
# A reader may hold the table for long; writers must not queue up behind our request for a lock.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('telemetry partitions'))"
_NOT_CLUSTERED = """
SELECT key.relname FROM pg_index JOIN pg_class key ON key.oid = indexrelid
WHERE indrelid = %s::regclass AND indisprimary AND NOT indisclustered
    AND pg_relation_size(indrelid) < %s
"""


class Storage(Enum):
    """How this database stores a telemetry table."""

    PARTITIONS = "native partitions by day"
    CHUNKS = "a hypertable or continuous aggregate of TimescaleDB"
    PLAIN = "an ordinary table"


def storage_of(table: str) -> Storage:
    """Return how this database stores a telemetry table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [table])
        relkind = str(cursor.fetchone()[0])
    if relkind == "p":
        return Storage.PARTITIONS
    # A continuous aggregate is a view; of ordinary tables only the measurements are a hypertable.
    return Storage.CHUNKS if relkind == "v" or table == RAW_TABLE else Storage.PLAIN


def create_partitions(today: date, table: str = RAW_TABLE) -> list[date]:
    """Create the partitions from yesterday to a week ahead; return the days that were created.

    Rows of the default partition move to a partition of their own. No writer depends on
    this: without a day's partition, its rows go to the default partition.

    Raises:
        django.db.OperationalError: a lock was not available within 5 s; call it again later.
    """
    if storage_of(table) is not Storage.PARTITIONS:
        return []
    ahead = {today + timedelta(days=n) for n in range(-1, CREATED_AHEAD.days + 1)}
    days = ahead | _days_in_default(table)
    return [day for day in sorted(days) if _create_partition(table, day)]


def drop_expired(before: datetime, table: str = RAW_TABLE) -> int:
    """Drop partitions or chunks that ended before the instant, or delete rows; return how many.

    Raises:
        django.db.OperationalError: a lock was not available within 5 s; call it again later.
    """
    match storage_of(table):
        case Storage.CHUNKS:
            return _drop_chunks(table, before)
        case Storage.PLAIN:
            return _delete_rows(table, before)
    expired = _past_days(table, before)
    for day in expired:
        _run(sql.SQL("DROP TABLE {}").format(_partition(table, day)))
    _delete_rows(f"{table}_default", before)
    return len(expired)


def compact(before: datetime, table: str = RAW_TABLE, limit: int = 20) -> int:
    """Compact up to `limit` days or chunks that ended before the instant; return how many.

    Rows arrive in the order of time, and a curve reads those of one device. Each past day is
    rewritten once in the order of its key (CLUSTER). On TimescaleDB its chunks are compressed into
    the columnstore instead, and compressed again after late rows.

    Raises:
        django.db.OperationalError: a lock was not available within 5 s; call it again later.
    """
    match storage_of(table):
        case Storage.CHUNKS:
            return columnstore.compress_chunks(table, before, limit)
        case Storage.PLAIN:
            return 0
    past = _past_days(table, before)
    pending = [(day, index) for day in past if (index := _unclustered_index(table, day))]
    for day, index in pending[:limit]:
        name = _partition(table, day)
        _run(sql.SQL("CLUSTER {} USING {}").format(name, sql.Identifier(index)))
        _run(sql.SQL("ANALYZE {}").format(name))
    return len(pending[:limit])


def stored_days(table: str) -> list[date]:
    """List the UTC days that a partitioned table may hold rows of."""
    return sorted({*_days(table), *_days_in_default(table)})


def _past_days(table: str, before: datetime) -> list[date]:
    return [day for day in _days(table) if _midnight(day + timedelta(days=1)) <= before]


def _days(table: str) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
            "WHERE inhparent = %s::regclass ORDER BY relname",
            [table],
        )
        names = [re.fullmatch(rf"{table}_(\d{{8}})", name) for (name,) in cursor.fetchall()]
    return [
        datetime.strptime(name[1], "%Y%m%d").replace(tzinfo=UTC).date() for name in names if name
    ]


def _days_in_default(table: str) -> set[date]:
    statement = sql.SQL("SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM {}")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(_default(table)))
        return {day for (day,) in cursor.fetchall()}


def _create_partition(table: str, day: date) -> bool:
    """Create the day's table, fill it from the default partition, then attach it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK_TIMEOUT)
        cursor.execute(_LOCK)
        if day in _days(table):
            return False
        # Held until commit, so that no row of that day enters the default partition meanwhile.
        lock = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(lock.format(_default(table)))
        cursor.execute(
            sql.SQL(
                "CREATE TABLE {name} (LIKE {table} INCLUDING ALL);"
                "WITH moved AS ("
                " DELETE FROM {default} WHERE at >= {begin} AND at < {end} RETURNING *)"
                "INSERT INTO {name} SELECT * FROM moved;"
                "ALTER TABLE {table}"
                " ATTACH PARTITION {name} FOR VALUES FROM ({begin}) TO ({end})"
            ).format(
                name=_partition(table, day),
                table=sql.Identifier(table),
                default=_default(table),
                begin=_literal(_midnight(day)),
                end=_literal(_midnight(day + timedelta(days=1))),
            )
        )
    return True


def _unclustered_index(table: str, day: date) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(_NOT_CLUSTERED, [f"{table}_{day:%Y%m%d}", MAX_COMPACTED_BYTES])
        row = cursor.fetchone()
        return row and str(row[0])


def _drop_chunks(table: str, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM drop_chunks(%s::regclass, older_than => %s::timestamptz)",
            [table, before],
        )
        return int(cursor.fetchone()[0])


def _delete_rows(table: str, before: datetime) -> int:
    statement = sql.SQL("DELETE FROM {} WHERE at < {}")
    return _run(statement.format(sql.Identifier(table), _literal(before)))


def _run(statement: sql.Composed) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK_TIMEOUT)
        cursor.execute(statement)
        return int(cursor.rowcount)


def _default(table: str) -> sql.Identifier:
    return sql.Identifier(f"{table}_default")


def _partition(table: str, day: date) -> sql.Identifier:
    return sql.Identifier(f"{table}_{day:%Y%m%d}")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _literal(at: datetime) -> sql.Literal:
    return sql.Literal(at.isoformat())
