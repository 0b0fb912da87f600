"""The days of the measurement table: made ahead, and dropped when their time is over.

On plain PostgreSQL each UTC day is a partition, and a default partition takes what no day is there
for. Where TimescaleDB is, the table is a hypertable, which makes its own chunks.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from psycopg2 import sql

TABLE = "telemetry_measurement"
AHEAD = timedelta(days=7)
_DAY_NAME = re.compile(rf"{TABLE}_(\d{{8}})")
# A reader may hold the table for long; writers must not queue up behind us for as long.
_PATIENCE = "SET LOCAL lock_timeout = '5s'"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('telemetry partitions'))"


def make_days(today: date) -> list[date]:
    """Make the partitions from yesterday to a week ahead and return the days that were made.

    Rows of the default partition move to a day of their own. A hypertable needs none of it.

    Raises:
        django.db.OperationalError: a lock was not to be had in 5 s; call it again later.
    """
    if is_hypertable():
        return []
    wanted = {today + timedelta(days=n) for n in range(-1, AHEAD.days + 1)} | _days_in_default()
    return [day for day in sorted(wanted) if _make_day(day)]


def drop_days(before: datetime) -> int:
    """Drop every day that ended before that instant and return how many were dropped.

    Raises:
        django.db.OperationalError: a lock was not to be had in 5 s; call it again later.
    """
    if is_hypertable():
        return _drop_chunks(before)
    over = [day for day in _days() if _midnight(day + timedelta(days=1)) <= before]
    for day in over:
        _run(sql.SQL("DROP TABLE {}").format(_name(day)))
    _run(
        sql.SQL("DELETE FROM telemetry_measurement_default WHERE at < {}").format(_literal(before))
    )
    return len(over)


def is_hypertable() -> bool:
    """Whether TimescaleDB keeps the table: then it is an ordinary one, not a partitioned one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [TABLE])
        return str(cursor.fetchone()[0]) != "p"


def _days() -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
            "WHERE inhparent = %s::regclass ORDER BY relname",
            [TABLE],
        )
        names = [_DAY_NAME.fullmatch(name) for (name,) in cursor.fetchall()]
    return [
        datetime.strptime(name[1], "%Y%m%d").replace(tzinfo=UTC).date() for name in names if name
    ]


def _days_in_default() -> set[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM telemetry_measurement_default"
        )
        return {day for (day,) in cursor.fetchall()}


def _make_day(day: date) -> bool:
    """Make the day beside the table, fill it from the default partition, then attach it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(_ONE_AT_A_TIME)
        if day in _days():
            return False
        # Held to the end, so that no row of that day slips into the default partition meanwhile.
        cursor.execute("LOCK TABLE telemetry_measurement_default IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            sql.SQL(
                "CREATE TABLE {name} (LIKE telemetry_measurement INCLUDING ALL);"
                "WITH moved AS ("
                " DELETE FROM telemetry_measurement_default"
                " WHERE at >= {begin} AND at < {end} RETURNING *)"
                "INSERT INTO {name} SELECT * FROM moved;"
                "ALTER TABLE telemetry_measurement"
                " ATTACH PARTITION {name} FOR VALUES FROM ({begin}) TO ({end})"
            ).format(
                name=_name(day),
                begin=_literal(_midnight(day)),
                end=_literal(_midnight(day + timedelta(days=1))),
            )
        )
    return True


def _drop_chunks(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM drop_chunks(%s::regclass, older_than => %s::timestamptz)",
            [TABLE, before],
        )
        return int(cursor.fetchone()[0])


def _run(statement: sql.Composed) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(statement)


def _name(day: date) -> sql.Identifier:
    return sql.Identifier(f"{TABLE}_{day:%Y%m%d}")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _literal(at: datetime) -> sql.Literal:
    return sql.Literal(at.isoformat())
