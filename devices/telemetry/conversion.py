"""Convert telemetry's tables to TimescaleDB, without losing a row and without a long pause.

1. `copy_days` copies one day after the other into a hypertable beside the measurements, while
   telemetry is stored as usual. It can be stopped at any time: a day whose rows are all there is
   not copied again.
2. `swap` takes one transaction, in which rows wait in the broker: it copies what was added to days
   that were copied before, compares the rows of every day, and exchanges the tables. Under the
   Community licence it also creates the continuous aggregates and fills them from the roll-ups,
   because hours and days are kept for longer than the measurements they were built from.
3. `drop_replaced` removes the previous tables, which stay until then as ``…_replaced``.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module

from django.db import Error, connection, transaction
from psycopg2 import sql

from devices.telemetry import buckets, columnstore, partitions, rollup_lock, timescale
from devices.telemetry.levels import LEVELS, RAW_TABLE
from devices.telemetry.partitions import Storage, storage_of

Report = Callable[[str], None]
HYPERTABLE = f"{RAW_TABLE}_hypertable"
LOCK_WAIT_S = 60.0
_ROLL_UPS = import_module("devices.telemetry.migrations.0003_rollups")
# The statements with which a new database is created, so that both end up with the same tables.
COLUMNS: str = import_module("devices.telemetry.migrations.0001_initial").COLUMNS
AGGREGATES: tuple[str, ...] = _ROLL_UPS.AGGREGATES
COLUMNSTORE: tuple[str, ...] = _ROLL_UPS.COLUMNSTORE
SET_INTERVAL: str = import_module("devices.telemetry.migrations.0005_chunk_intervals").SET_INTERVAL
_CREATE = f"""
CREATE TABLE {HYPERTABLE} ({COLUMNS});
SELECT create_hypertable(
    '{HYPERTABLE}', by_range('at', INTERVAL '1 day'), create_default_indexes => false
);
"""
_COUNT = "SELECT count(*) FROM {} WHERE at >= {} AND at < {}"
_COPY = """
INSERT INTO {} (device_id, metric_id, at, received_at, value)
SELECT device_id, metric_id, at, received_at, value FROM {} WHERE at >= {} AND at < {}
ORDER BY device_id, metric_id, at ON CONFLICT DO NOTHING
"""
_MATERIALIZATION = """
SELECT materialization_hypertable_schema, materialization_hypertable_name
FROM timescaledb_information.continuous_aggregates WHERE view_name = %s
"""
# A continuous aggregate cannot be inserted into, the hypertable that stores it can.
_FILL = """
INSERT INTO {} (device_id, metric_id, at, count, sum, low, high)
SELECT device_id, metric_id, at, count, sum, low, high FROM {}
"""


class ConversionError(Exception):
    """The conversion cannot continue; the text gives the cause and a hint."""


def check() -> None:
    """Check that the server has TimescaleDB, and create the extension if it is missing.

    Raises:
        ConversionError: the server has not loaded it, or this role may not create it.
    """
    if not timescale.is_loaded():
        raise ConversionError(
            "This server has not loaded TimescaleDB: install it, add timescaledb to "
            "shared_preload_libraries in postgresql.conf and restart PostgreSQL."
        )
    if not timescale.installed_version():
        try:
            _execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except Error as error:
            reason = str(error).partition("\n")[0]
            raise ConversionError(
                f"The extension cannot be created ({reason}): run CREATE EXTENSION timescaledb as "
                "a superuser, then run this again."
            ) from None


def is_done() -> bool:
    """Return whether every table is already what this server's licence allows."""
    if storage_of(RAW_TABLE) is Storage.PARTITIONS:
        return False
    return not _is_community() or (
        buckets.uses_continuous_aggregates() and columnstore.is_enabled(RAW_TABLE)
    )


def copy_days(report: Report) -> int:
    """Copy every day that is not complete yet; return how many were copied.

    Raises:
        ConversionError: a day has other rows after it was copied.
    """
    if storage_of(RAW_TABLE) is not Storage.PARTITIONS:
        return 0
    if not _exists(HYPERTABLE):
        _execute(_CREATE)
    days = partitions.stored_days(RAW_TABLE)
    copied = 0
    for number, day in enumerate(days, start=1):
        if _copy_day(day):
            copied += 1
            report(f"{day}: copied ({number} of {len(days)})")
    return copied


def swap(report: Report) -> None:
    """Exchange the tables in one transaction; rows that arrive meanwhile wait in the broker.

    Raises:
        ConversionError: the roll-ups' job did not pause, or rows differ; no table is changed.
        django.db.Error: the tables could not be locked; they are unchanged.
    """
    with rollup_lock.exclusive(LOCK_WAIT_S) as acquired:
        if not acquired:
            raise ConversionError("The roll-ups' job does not pause: stop `run_jobs`, try again.")
        with transaction.atomic():
            _execute(f"SET LOCAL lock_timeout = '{int(LOCK_WAIT_S)}s'")
            if storage_of(RAW_TABLE) is Storage.PARTITIONS:
                _swap_measurements(report)
            if _is_community() and not buckets.uses_continuous_aggregates():
                _swap_roll_ups(report)


def drop_replaced() -> list[str]:
    """Drop the tables that a swap has replaced; return their names."""
    names = [_replaced(table) for table in (RAW_TABLE, *(level.table for level in LEVELS))]
    found = [name for name in names if _exists(name)]
    for name in found:
        _execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
    return found


def _swap_measurements(report: Report) -> None:
    _execute(f"LOCK TABLE {RAW_TABLE} IN ACCESS EXCLUSIVE MODE")
    days = partitions.stored_days(RAW_TABLE)
    for day in days:
        _copy_day(day)
        if _count(RAW_TABLE, day) != _count(HYPERTABLE, day):
            raise ConversionError(f"{day} has other rows in {HYPERTABLE} than in {RAW_TABLE}.")
    report(f"measurements: {len(days)} days have the same rows in both tables")
    _rename(RAW_TABLE, _replaced(RAW_TABLE))
    _rename(HYPERTABLE, RAW_TABLE)


def _swap_roll_ups(report: Report) -> None:
    for level in LEVELS:
        _execute(f"LOCK TABLE {level.table} IN ACCESS EXCLUSIVE MODE")
        _rename(level.table, _replaced(level.table))
    for statement in (*AGGREGATES, *COLUMNSTORE):
        _execute(statement)
    for level in LEVELS:
        with connection.cursor() as cursor:
            cursor.execute(SET_INTERVAL, [f"{level.chunk_interval.days} days", level.table])
        rows = _fill(level.table)
        report(f"{level.table}: {rows} rows")


def _fill(view: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_MATERIALIZATION, [view])
        materialization = sql.Identifier(*cursor.fetchone())
        cursor.execute(sql.SQL(_FILL).format(materialization, sql.Identifier(_replaced(view))))
        rows = int(cursor.rowcount)
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(view)))
        if cursor.fetchone()[0] != rows:
            raise ConversionError(f"{view} has other rows than it was filled with.")
    return rows


def _copy_day(day: date) -> bool:
    """Copy a day unless both tables have the same rows; return whether it was copied."""
    if _count(RAW_TABLE, day) == _count(HYPERTABLE, day):
        return False
    with transaction.atomic():
        tables = sql.Identifier(HYPERTABLE), sql.Identifier(RAW_TABLE)
        _execute(sql.SQL(_COPY).format(*tables, *_span(day)))
        # Rows may be added to the day meanwhile; what they lack here, the swap copies.
        if _count(HYPERTABLE, day) > _count(RAW_TABLE, day):
            raise ConversionError(
                f"{day} has more rows in {HYPERTABLE} than in {RAW_TABLE}: drop {HYPERTABLE}, "
                "then run this again."
            )
    return True


def _count(table: str, day: date) -> int:
    statement = sql.SQL(_COUNT).format(sql.Identifier(table), *_span(day))
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def _span(day: date) -> tuple[sql.Literal, sql.Literal]:
    begin = datetime.combine(day, time(), UTC)
    end = begin + timedelta(days=1)
    return sql.Literal(begin.isoformat()), sql.Literal(end.isoformat())


def _is_community() -> bool:
    return timescale.license_name() == timescale.COMMUNITY


def _replaced(table: str) -> str:
    return f"{table}_replaced"


def _rename(table: str, name: str) -> None:
    statement = sql.SQL("ALTER TABLE {} RENAME TO {}")
    _execute(statement.format(sql.Identifier(table), sql.Identifier(name)))


def _exists(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        return bool(cursor.fetchone()[0])


def _execute(statement: str | sql.Composed) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
