"""Telemetry's tables are converted to TimescaleDB row by row; stand-ins play the extension."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from devices.telemetry import conversion, timescale
from devices.telemetry.partitions import Storage, create_partitions, storage_of
from devices.telemetry.rollups import roll_up
from tests.devices.telemetry.measuring import measure, need_native_days
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
EXTENSION = """
CREATE FUNCTION by_range(column_name name, partition_interval interval) RETURNS text
    LANGUAGE sql AS $$ SELECT column_name || ' by ' || partition_interval $$;
CREATE FUNCTION create_hypertable(
    relation regclass, dimension text, create_default_indexes boolean DEFAULT true
) RETURNS void LANGUAGE sql AS $$ $$;
CREATE SCHEMA timescaledb_information;
CREATE TABLE timescaledb_information.hypertables (
    hypertable_name name, compression_enabled boolean);
CREATE TABLE timescaledb_information.continuous_aggregates (
    view_name name, compression_enabled boolean,
    materialization_hypertable_schema name, materialization_hypertable_name name);
CREATE TABLE intervals (hypertable text, width interval);
CREATE FUNCTION set_chunk_time_interval(
    hypertable regclass, chunk_time_interval interval, dimension_name name = NULL
) RETURNS void LANGUAGE sql AS $$ INSERT INTO intervals VALUES (hypertable, chunk_time_interval) $$;
SET LOCAL timescaledb.license = 'timescale';
"""
# What a continuous aggregate is to a reader: a view of the hypertable that stores its buckets.
AGGREGATE = """
CREATE TABLE stored_NAME (device_id bigint, metric_id integer, at timestamptz,
    count bigint, sum double precision, low double precision, high double precision);
CREATE VIEW NAME AS TABLE stored_NAME;
INSERT INTO timescaledb_information.continuous_aggregates
VALUES ('NAME', true, 'public', 'stored_NAME')
"""
AGGREGATES = tuple(
    AGGREGATE.replace("NAME", name)
    for name in ("telemetry_minute", "telemetry_hour", "telemetry_day")
)
COLUMNSTORE = (
    "INSERT INTO timescaledb_information.hypertables VALUES ('telemetry_measurement', true)",
)
TABLES = ("telemetry_measurement", "telemetry_minute", "telemetry_hour", "telemetry_day")


def query(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def contents():
    columns = "device_id, metric_id, at"
    values = {"telemetry_measurement": "received_at, value"}
    return {
        table: query(
            f"SELECT {columns}, {values.get(table, 'count, sum, low, high')}"  # noqa: S608
            f" FROM {table} ORDER BY 1, 2, 3"
        )
        for table in TABLES
    }


@pytest.fixture
def meter(db):
    """A meter with measurements of several days, late ones in the default partition, roll-ups."""
    need_native_days()
    meter = DeviceFactory()
    measure(meter, {NOON - 90 * DAY: 1.0})
    create_partitions(NOON.date())
    measure(meter, {NOON - n * 47 * MINUTE: float(n % 9) for n in range(100)})
    roll_up(NOON + 9 * DAY)
    return meter


@pytest.fixture
def extension(meter, monkeypatch):
    query(EXTENSION)
    monkeypatch.setattr(timescale, "is_loaded", lambda: True)
    monkeypatch.setattr(timescale, "installed_version", lambda: "2.29.2")
    monkeypatch.setattr(conversion, "AGGREGATES", AGGREGATES)
    monkeypatch.setattr(conversion, "COLUMNSTORE", COLUMNSTORE)


def convert(*options):
    call_command("use_hypertables", *options)


@pytest.mark.usefixtures("extension")
def test_every_row_of_every_table_is_there_after_the_conversion(capsys):
    before = contents()
    assert all(before.values())
    convert()
    assert contents() == before
    assert {storage_of(table) for table in TABLES} == {Storage.CHUNKS}
    assert query("SELECT hypertable, width FROM intervals") == [
        ("stored_telemetry_minute", 7 * DAY),
        ("stored_telemetry_hour", 60 * DAY),
        ("stored_telemetry_day", 365 * DAY),
    ]
    convert()
    assert "are hypertables already" in capsys.readouterr().out


@pytest.mark.usefixtures("extension")
def test_rows_added_after_a_day_was_copied_are_converted_too(meter, capsys):
    convert("--copy-only")
    assert storage_of("telemetry_measurement") is Storage.PARTITIONS
    measure(meter, {NOON - DAY + timedelta(seconds=1): 99.0, NOON - 200 * DAY: 98.0})
    before = contents()
    capsys.readouterr()
    convert()
    output = capsys.readouterr().out
    assert "Copied 2 days" in output, "the days that were complete are not copied again"
    assert contents() == before


@pytest.mark.usefixtures("extension")
def test_under_the_apache_licence_the_roll_ups_stay_tables_of_our_own():
    query("SET LOCAL timescaledb.license = 'apache'")
    before = contents()
    convert()
    assert contents() == before
    assert storage_of("telemetry_measurement") is Storage.CHUNKS
    assert storage_of("telemetry_minute") is Storage.PARTITIONS


@pytest.mark.usefixtures("extension")
def test_a_hypertable_made_under_the_apache_licence_gets_aggregates_under_community():
    query("SET LOCAL timescaledb.license = 'apache'")
    convert()
    before = contents()
    query("SET LOCAL timescaledb.license = 'timescale'")
    convert()
    assert contents() == before
    assert storage_of("telemetry_minute") is Storage.CHUNKS


@pytest.mark.usefixtures("extension")
def test_a_swap_whose_rows_differ_changes_nothing(monkeypatch):
    before = contents()
    stray = "INSERT INTO stored_telemetry_minute VALUES (1, 1, now(), 1)"
    monkeypatch.setattr(conversion, "AGGREGATES", (*AGGREGATES, stray))
    with pytest.raises(CommandError, match="telemetry_minute has other rows"):
        convert()
    assert contents() == before
    assert storage_of("telemetry_measurement") is Storage.PARTITIONS


@pytest.mark.usefixtures("extension")
def test_the_replaced_tables_are_dropped_on_request_only(capsys):
    convert()
    assert query("SELECT count(*) > 0 FROM telemetry_measurement_replaced") == [(True,)]
    before = contents()
    convert("--drop-replaced")
    assert query("SELECT to_regclass('telemetry_measurement_replaced')") == [(None,)]
    assert contents() == before


def test_a_server_that_has_not_loaded_timescaledb_is_refused():
    need_native_days()
    with pytest.raises(CommandError, match="shared_preload_libraries"):
        convert()
