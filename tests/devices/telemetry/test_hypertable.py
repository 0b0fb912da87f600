"""The statements sent to TimescaleDB; stand-ins record how they were called.

It cannot be installed beside the embedded PostgreSQL. The stand-ins have the signatures of its
documentation. Where it is there, test_timescale.py asks it itself, and these tests are skipped.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module

import psycopg2
import pytest
from django.db import connection

from devices.telemetry import columnstore, rollup_lock
from devices.telemetry.levels import LEVELS
from devices.telemetry.partitions import (
    Storage,
    compact,
    create_partitions,
    drop_expired,
    storage_of,
)
from devices.telemetry.rollups import roll_up
from tests.devices.telemetry.measuring import measure
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROLL_UPS = import_module("devices.telemetry.migrations.0003_rollups")
INTERVALS = import_module("devices.telemetry.migrations.0005_chunk_intervals")
MEASUREMENTS = import_module("devices.telemetry.migrations.0001_initial")
STAND_INS = """
CREATE TABLE calls (said text);
CREATE FUNCTION by_range(column_name name, partition_interval interval) RETURNS text
    LANGUAGE sql AS $$ SELECT column_name || ' by ' || partition_interval $$;
CREATE FUNCTION create_hypertable(
    relation regclass, dimension text, create_default_indexes boolean DEFAULT true
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO calls VALUES (relation || ' ' || dimension || ' ' || create_default_indexes) $$;
CREATE FUNCTION drop_chunks(
    relation regclass, older_than timestamptz = NULL, newer_than timestamptz = NULL
) RETURNS SETOF text LANGUAGE sql AS $$
    INSERT INTO calls VALUES (relation || ' ' || (older_than AT TIME ZONE 'UTC'))
    RETURNING 'one chunk' $$;
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamptz) RETURNS timestamptz
    LANGUAGE sql AS $$ SELECT date_bin(bucket_width, ts, '2000-01-01 00:00:00+00') $$;
CREATE PROCEDURE refresh_continuous_aggregate(
    continuous_aggregate regclass, window_start timestamptz, window_end timestamptz,
    force boolean = false, options jsonb = NULL
) LANGUAGE sql AS $$
    INSERT INTO calls VALUES (concat_ws(' ', continuous_aggregate,
        (window_start AT TIME ZONE 'UTC')::time(0), (window_end AT TIME ZONE 'UTC')::time(0),
        force, options)) $$;
CREATE SCHEMA timescaledb_information;
CREATE TABLE timescaledb_information.hypertables (
    hypertable_name name, compression_enabled boolean);
CREATE TABLE timescaledb_information.continuous_aggregates (
    view_name name, compression_enabled boolean,
    materialization_hypertable_schema name, materialization_hypertable_name name);
CREATE TABLE timescaledb_information.chunks (
    chunk_schema name, chunk_name name, range_start timestamptz, is_compressed boolean);
INSERT INTO timescaledb_information.hypertables VALUES ('telemetry_measurement', true);
INSERT INTO timescaledb_information.chunks VALUES
    ('public', 'old_chunk', '2031-05-01', false), ('public', 'done_chunk', '2031-04-30', true),
    ('public', 'gone_chunk', '2031-04-29', false), ('public', 'partial_chunk', '2031-04-28', true),
    ('public', 'frozen_chunk', '2031-04-27', true);
CREATE TABLE old_chunk ();
CREATE TABLE done_chunk ();
CREATE TABLE partial_chunk ();
CREATE TABLE frozen_chunk ();
CREATE SCHEMA _timescaledb_functions;
CREATE FUNCTION _timescaledb_functions.chunk_status(chunk regclass) RETURNS integer
    LANGUAGE sql AS $$ SELECT CASE chunk::text
        WHEN 'done_chunk' THEN 1 WHEN 'partial_chunk' THEN 9 WHEN 'frozen_chunk' THEN 13 ELSE 0
    END $$;
CREATE FUNCTION show_chunks(
    relation regclass, older_than timestamptz = NULL, newer_than timestamptz = NULL
) RETURNS SETOF regclass LANGUAGE sql AS $$
    VALUES ('old_chunk'::regclass), ('done_chunk'::regclass), ('partial_chunk'::regclass),
        ('frozen_chunk'::regclass) $$;
CREATE FUNCTION compress_chunk(
    uncompressed_chunk regclass, if_not_compressed boolean = true, recompress boolean = false
) RETURNS regclass LANGUAGE sql AS $$
    INSERT INTO calls VALUES ('compress ' || uncompressed_chunk) RETURNING uncompressed_chunk $$;
CREATE FUNCTION set_chunk_time_interval(
    hypertable regclass, chunk_time_interval anyelement, dimension_name name = NULL
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO calls VALUES (hypertable || ' in chunks of ' || chunk_time_interval) $$;
"""
# Fails for one chunk as TimescaleDB does when rows are inserted into it at the same time.
CONCURRENT_UPDATE = """
CREATE OR REPLACE FUNCTION compress_chunk(
    uncompressed_chunk regclass, if_not_compressed boolean = true, recompress boolean = false
) RETURNS regclass LANGUAGE plpgsql AS $$ BEGIN
    IF uncompressed_chunk = 'old_chunk'::regclass THEN
        RAISE 'aborting recompression due to concurrent updates' USING ERRCODE = '40001';
    END IF;
    INSERT INTO calls VALUES ('compress ' || uncompressed_chunk);
    RETURN uncompressed_chunk;
END $$
"""


@pytest.fixture
def calls(db: None) -> Callable[[], list[str]]:
    """Create the stand-ins; return what they were called with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')")
        if cursor.fetchone()[0]:
            pytest.skip("TimescaleDB itself is here: test_timescale.py asks it")
        cursor.execute(STAND_INS)

    def read() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT said FROM calls")
            return [said for (said,) in cursor.fetchall()]

    return read


@pytest.fixture
def hypertable(calls: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Create the table again, in a database with TimescaleDB's setting."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timescaledb.license = 'apache'")
        cursor.execute("DROP TABLE telemetry_measurement")
    with connection.schema_editor() as editor:
        MEASUREMENTS.make_table(None, editor)
    return calls


def test_the_table_becomes_a_hypertable_of_days_without_a_second_index(hypertable):
    assert storage_of("telemetry_measurement") is Storage.CHUNKS
    assert hypertable() == ["telemetry_measurement at by 1 day false"]


def test_no_partitions_are_created_for_a_hypertable(hypertable):
    assert create_partitions(NOON.date()) == []


def test_expired_days_are_dropped_as_chunks(hypertable):
    assert drop_expired(NOON) == 1
    assert hypertable()[-1] == "telemetry_measurement 2031-05-17 12:00:00"


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def community(hypertable):
    run("SET LOCAL timescaledb.license = 'timescale'")
    return hypertable


def test_without_the_community_licence_nothing_is_compressed(hypertable):
    assert compact(NOON) == 0


def test_past_chunks_are_compressed_and_partially_compressed_ones_again(community):
    assert compact(NOON) == 2
    assert community()[-2:] == ["compress old_chunk", "compress partial_chunk"]


def test_a_chunk_with_concurrent_updates_does_not_stop_the_others(community, caplog):
    run(CONCURRENT_UPDATE)
    assert compact(NOON) == 1
    assert community()[-1] == "compress partial_chunk"
    assert "old_chunk is compressed by a later run: aborting recompression" in caplog.text


def test_a_table_whose_columnstore_is_not_enabled_is_not_compressed(community):
    """As in a database created under the Apache licence and later run as Community."""
    run("UPDATE timescaledb_information.hypertables SET compression_enabled = false")
    assert compact(NOON) == 0


def test_chunks_are_not_compressed_while_the_roll_ups_run(community, monkeypatch):
    monkeypatch.setattr(columnstore, "LOCK_WAIT_S", 0.0)
    how = connection.get_connection_params()
    other = psycopg2.connect(**{name: how[name] for name in how if name != "cursor_factory"})
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [rollup_lock.LOCK_ID])
        assert compact(NOON) == 0
    other.close()


def test_each_aggregate_gets_chunks_of_its_own_width(calls):
    run("DROP TABLE telemetry_minute")
    run("CREATE VIEW telemetry_minute AS SELECT * FROM telemetry_hour")
    for name in INTERVALS.INTERVALS:
        run(f"CREATE TABLE of_{name} ()")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO timescaledb_information.continuous_aggregates VALUES (%s, %s, %s, %s)",
                [name, True, "public", f"of_{name}"],
            )
    with connection.schema_editor() as editor:
        INTERVALS.set_intervals(None, editor)
    assert calls() == [
        "of_telemetry_minute in chunks of 7 days",
        "of_telemetry_hour in chunks of 60 days",
        "of_telemetry_day in chunks of 365 days",
    ]
    widths = {level.table: f"{level.chunk_interval.days} days" for level in LEVELS}
    assert widths == INTERVALS.INTERVALS


def test_without_the_community_licence_the_roll_ups_of_a_hypertable_are_our_own_tables(hypertable):
    with connection.cursor() as cursor:
        cursor.execute(ROLL_UPS.ASK)
        assert cursor.fetchone()[0] is False
        cursor.execute("SET LOCAL timescaledb.license = 'timescale'")
        cursor.execute(ROLL_UPS.ASK)
        assert cursor.fetchone()[0] is True


def test_the_extension_is_not_created_where_the_server_has_not_loaded_it(calls):
    with connection.cursor() as cursor:
        cursor.execute(MEASUREMENTS.LOADED_AND_AT_HAND)
        assert cursor.fetchone()[0] is False
    with connection.schema_editor() as editor:
        MEASUREMENTS.make_extension(None, editor)


@pytest.fixture
def aggregates(calls: Callable[[], list[str]]) -> list[str]:
    """Create the queries of the continuous aggregates as plain views."""
    names = []
    with connection.cursor() as cursor:
        for statement in ROLL_UPS.AGGREGATES[:3]:
            name, query = re.fullmatch(
                r"\s*CREATE MATERIALIZED VIEW (\w+) WITH \([^)]*\) AS\s(.*)WITH NO DATA\s*",
                statement,
                re.DOTALL,
            ).groups()
            names.append(name)
            query = re.sub(r"FROM telemetry_(minute|hour)", r"FROM view_of_telemetry_\1", query)
            cursor.execute(f"CREATE VIEW view_of_{name} AS {query}")
    return names


def test_the_aggregates_equal_our_own_tables(aggregates):
    meter = DeviceFactory()
    measure(meter, {NOON + n * 7 * MINUTE: float(n % 5) for n in range(500)})
    roll_up(NOON + timedelta(days=9))
    columns = "device_id, metric_id, at, count, sum, low, high"
    with connection.cursor() as cursor:
        for name in aggregates:
            cursor.execute(f"SELECT {columns} FROM {name} ORDER BY 1, 2, 3")  # noqa: S608
            ours = cursor.fetchall()
            cursor.execute(f"SELECT {columns} FROM view_of_{name} ORDER BY 1, 2, 3")  # noqa: S608
            assert cursor.fetchall() == ours
            assert ours


@pytest.fixture
def continuous(calls: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Replace the minutes by a view, as a continuous aggregate is one."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE telemetry_minute")
        cursor.execute("CREATE VIEW telemetry_minute AS SELECT * FROM telemetry_hour")
    return calls


def refreshed(said):
    """Return the refreshed spans, each forced and in one batch."""
    by_force = ' t {"buckets_per_batch": 0}'
    assert all(each.endswith(by_force) for each in said)
    return [each.removesuffix(by_force) for each in said]


def test_a_run_refreshes_the_claimed_span_by_whole_buckets_of_each_level(continuous):
    roll_up(NOON)
    roll_up(NOON + 5 * MINUTE)
    roll_up(NOON + HOUR + 2 * MINUTE)
    assert refreshed(continuous()) == [
        "telemetry_minute 11:59:00 12:04:00",
        "telemetry_hour 11:00:00 12:00:00",
        "telemetry_minute 12:04:00 13:01:00",
        "telemetry_hour 12:00:00 13:00:00",
    ]


def test_a_run_refreshes_the_hours_and_days_of_late_rows(continuous, settings):
    settings.TELEMETRY_KEEP_DAYS = settings.TELEMETRY_MINUTE_DAYS = 10_000
    roll_up(NOON)
    measure(DeviceFactory(), {NOON - timedelta(days=1): 1, NOON - 10 * MINUTE: 2})
    roll_up(NOON)
    assert refreshed(continuous()) == [
        "telemetry_minute 12:00:00 13:00:00",
        "telemetry_hour 12:00:00 13:00:00",
        "telemetry_minute 11:00:00 11:59:00",
        "telemetry_day 00:00:00 00:00:00",
    ]


OLDER = """
DROP PROCEDURE refresh_continuous_aggregate;
CREATE PROCEDURE refresh_continuous_aggregate(
    continuous_aggregate regclass, window_start timestamptz, window_end timestamptz
) LANGUAGE sql AS $$ INSERT INTO calls VALUES (continuous_aggregate) $$;
"""
OF_2_19 = """
DROP PROCEDURE refresh_continuous_aggregate;
CREATE PROCEDURE refresh_continuous_aggregate(
    continuous_aggregate regclass, window_start timestamptz, window_end timestamptz,
    force boolean = false
) LANGUAGE sql AS $$ INSERT INTO calls VALUES (continuous_aggregate || ' ' || force) $$;
"""


@pytest.mark.parametrize(
    ("version", "said"), [(OLDER, "telemetry_minute"), (OF_2_19, "telemetry_minute true")]
)
def test_a_refresh_uses_only_arguments_of_its_version(continuous, version, said):
    with connection.cursor() as cursor:
        cursor.execute(version)
    roll_up(NOON)
    roll_up(NOON + 5 * MINUTE)
    assert continuous()[0] == said


def test_days_without_measurements_are_not_refreshed(continuous, settings):
    settings.TELEMETRY_KEEP_DAYS = settings.TELEMETRY_MINUTE_DAYS = 10_000
    meter = DeviceFactory()
    measure(meter, {NOON - timedelta(days=300): 1, NOON - timedelta(days=100): 2})
    assert roll_up(NOON)
    days = [said for said in refreshed(continuous()) if said.startswith("telemetry_day")]
    assert len(days) == 2
