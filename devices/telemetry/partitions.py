"""The days of the largest tables: made ahead, put in order once they are over, and dropped.

On plain PostgreSQL the measurements and their minutes are cut into one partition for each UTC day,
and a default partition takes what no day is there for. Where TimescaleDB is, they make their own
chunks. What is too small to cut (hours and days) loses its oldest rows.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from django.db import connection, transaction
from psycopg2 import sql

from devices.telemetry.levels import RAW_TABLE

AHEAD = timedelta(days=7)
# A day of more is left as it came: it would be locked against late rows for too long.
LARGEST_TIDIED = 2 * 1024**3
# A reader may hold the table for long; writers must not queue up behind us for as long.
_PATIENCE = "SET LOCAL lock_timeout = '5s'"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('telemetry partitions'))"
_UNTIDY = """
SELECT key.relname FROM pg_index JOIN pg_class key ON key.oid = indexrelid
WHERE indrelid = %s::regclass AND indisprimary AND NOT indisclustered
    AND pg_relation_size(indrelid) < %s
"""
# TimescaleDB: "show_chunks" and "timescaledb_information.chunks", which lists those of every
# hypertable: where one is being dropped there is no table any more.
_IN_ROWS = """
SELECT format('%%I.%%I', chunk_schema, chunk_name)
FROM timescaledb_information.chunks JOIN show_chunks(%s::regclass, older_than => %s::timestamptz)
    AS ended (chunk) ON ended.chunk = to_regclass(format('%%I.%%I', chunk_schema, chunk_name))
WHERE NOT is_compressed ORDER BY range_start LIMIT %s
"""


class Kind(Enum):
    """How a table keeps its rows."""

    DAYS = "native partitions by day"
    CHUNKS = "a hypertable or continuous aggregate of TimescaleDB"
    ROWS = "an ordinary table"


def kind_of(table: str) -> Kind:
    """Return how this database keeps the rows of a table of telemetry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [table])
        kind = str(cursor.fetchone()[0])
    if kind == "p":
        return Kind.DAYS
    # A continuous aggregate is a view; of ordinary tables only the measurements can be chunked.
    return Kind.CHUNKS if kind == "v" or table == RAW_TABLE else Kind.ROWS


def make_days(today: date, table: str = RAW_TABLE) -> list[date]:
    """Make the partitions from yesterday to a week ahead and return the days that were made.

    Rows of the default partition move to a day of their own. Nothing else needs any of it.

    Raises:
        django.db.OperationalError: a lock was not to be had in 5 s; call it again later.
    """
    if kind_of(table) is not Kind.DAYS:
        return []
    ahead = {today + timedelta(days=n) for n in range(-1, AHEAD.days + 1)}
    wanted = ahead | _days_in_default(table)
    return [day for day in sorted(wanted) if _make_day(table, day)]


def drop_days(before: datetime, table: str = RAW_TABLE) -> int:
    """Drop what ended before that instant: whole days or chunks, or else rows; return how many.

    Raises:
        django.db.OperationalError: a lock was not to be had in 5 s; call it again later.
    """
    match kind_of(table):
        case Kind.CHUNKS:
            return _drop_chunks(table, before)
        case Kind.ROWS:
            return _delete_rows(table, before)
    over = [day for day in _days(table) if _midnight(day + timedelta(days=1)) <= before]
    for day in over:
        _run(sql.SQL("DROP TABLE {}").format(_name(table, day)))
    _delete_rows(f"{table}_default", before)
    return len(over)


def tidy_days(before: datetime, table: str = RAW_TABLE, most: int = 20) -> int:
    """Put days that ended before that instant in the order of their keys; return how many.

    A day's rows came one moment after the other; a curve reads one device's. Each day is rewritten
    once, `most` of them in one call. In place of it TimescaleDB has its columnstore.

    Raises:
        django.db.OperationalError: a lock was not to be had in 5 s; call it again later.
    """
    match kind_of(table):
        case Kind.CHUNKS:
            return _compress_chunks(table, before, most)
        case Kind.ROWS:
            return 0
    over = [day for day in _days(table) if _midnight(day + timedelta(days=1)) <= before]
    untidy = [(day, index) for day in over if (index := _untidy_index(table, day))]
    for day, index in untidy[:most]:
        name = _name(table, day)
        _run(sql.SQL("CLUSTER {} USING {}").format(name, sql.Identifier(index)))
        _run(sql.SQL("ANALYZE {}").format(name))
    return len(untidy[:most])


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


def _make_day(table: str, day: date) -> bool:
    """Make the day beside the table, fill it from the default partition, then attach it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(_ONE_AT_A_TIME)
        if day in _days(table):
            return False
        # Held to the end, so that no row of that day slips into the default partition meanwhile.
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
                name=_name(table, day),
                table=sql.Identifier(table),
                default=_default(table),
                begin=_literal(_midnight(day)),
                end=_literal(_midnight(day + timedelta(days=1))),
            )
        )
    return True


def _untidy_index(table: str, day: date) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(_UNTIDY, [f"{table}_{day:%Y%m%d}", LARGEST_TIDIED])
        found = cursor.fetchone()
        return found and str(found[0])


def _drop_chunks(table: str, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM drop_chunks(%s::regclass, older_than => %s::timestamptz)",
            [table, before],
        )
        return int(cursor.fetchone()[0])


def _compress_chunks(table: str, before: datetime, most: int) -> int:
    """Give chunks to the columnstore, each in a transaction of its own where we are in none.

    TimescaleDB: "compress_chunk", which later versions keep beside convert_to_columnstore.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('timescaledb.license', true)")
        if cursor.fetchone()[0] != "timescale":
            return 0
        cursor.execute(_IN_ROWS, [table, before, most])
        chunks = [name for (name,) in cursor.fetchall()]
        for name in chunks:
            cursor.execute("SELECT compress_chunk(%s::regclass)", [name])
    return len(chunks)


def _delete_rows(table: str, before: datetime) -> int:
    statement = sql.SQL("DELETE FROM {} WHERE at < {}")
    return _run(statement.format(sql.Identifier(table), _literal(before)))


def _run(statement: sql.Composed) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(statement)
        return int(cursor.rowcount)


def _default(table: str) -> sql.Identifier:
    return sql.Identifier(f"{table}_default")


def _name(table: str, day: date) -> sql.Identifier:
    return sql.Identifier(f"{table}_{day:%Y%m%d}")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _literal(at: datetime) -> sql.Literal:
    return sql.Literal(at.isoformat())
