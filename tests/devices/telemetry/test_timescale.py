"""TimescaleDB Community's aggregates, columnstore and chunks equal our own tables."""

from datetime import timedelta

import pytest
from django.db import connection

from core import clock
from devices.telemetry import jobs
from devices.telemetry.levels import LEVELS
from devices.telemetry.models import DayRollUp, HourRollUp, LateHour, Measurement, MinuteRollUp
from devices.telemetry.partitions import Storage, storage_of
from devices.telemetry.rollups import roll_up
from devices.telemetry.selectors import series
from tests.devices.telemetry.measuring import measure, need_continuous_aggregates
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _there(db: None) -> None:
    need_continuous_aggregates()


@pytest.fixture
def meter():
    return DeviceFactory()


def query(question, *values):
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()


def compressed(table):
    """Count the compressed chunks of a hypertable."""
    [[count]] = query(
        "SELECT count(*) FROM timescaledb_information.chunks"
        " WHERE hypertable_name = %s AND is_compressed",
        table,
    )
    return count


def test_the_roll_ups_are_continuous_aggregates_of_one_another():
    views = query(
        "SELECT view_name, materialized_only FROM timescaledb_information.continuous_aggregates"
        " WHERE view_name LIKE 'telemetry_%%' ORDER BY view_name"
    )
    names = ["telemetry_day", "telemetry_hour", "telemetry_minute"]
    assert views == [(name, True) for name in names]
    assert {storage_of(name) for name in names} == {Storage.CHUNKS}


def test_the_aggregates_have_chunks_of_their_own_width():
    widths = query(
        "SELECT view_name, time_interval FROM timescaledb_information.continuous_aggregates"
        " JOIN timescaledb_information.dimensions d"
        " ON d.hypertable_name = materialization_hypertable_name ORDER BY view_name"
    )
    assert dict(widths) == {level.table: level.chunk_interval for level in LEVELS}


def partial(table):
    """Count the chunks of a hypertable that are only partially compressed."""
    [[count]] = query(
        "SELECT count(*) FROM show_chunks(%s::regclass) chunk"
        " WHERE _timescaledb_functions.chunk_status(chunk) & 8 <> 0",
        table,
    )
    return count


def test_a_chunk_with_late_rows_is_compressed_again(meter):
    old = clock.now().replace(minute=0, second=0, microsecond=0) - 20 * DAY
    measure(meter, {old + n * timedelta(seconds=1): float(n) for n in range(300)})
    jobs.maintain_partitions()
    measure(meter, {old + timedelta(seconds=400): 7.0})
    assert partial("telemetry_measurement") == 1
    jobs.maintain_partitions()
    assert partial("telemetry_measurement") == 0
    assert Measurement.objects.filter(device=meter).count() == 301


def test_the_columnstore_is_segmented_by_series():
    settings = query(
        "SELECT DISTINCT segmentby, orderby"
        " FROM timescaledb_information.hypertable_compression_settings WHERE segmentby IS NOT NULL"
    )
    assert settings == [("device_id,metric_id", "at")]


def test_measurements_older_than_a_week_are_compressed_and_still_read(meter):
    old = clock.now().replace(second=0, microsecond=0) - 20 * DAY
    measure(meter, {old + n * timedelta(seconds=1): float(n) for n in range(300)})
    assert roll_up(time_limit_s=60)
    jobs.maintain_partitions()
    assert compressed("telemetry_measurement") >= 1
    curve = series(meter, "power", old, old + timedelta(minutes=10))
    assert sum(point.count for point in curve.points) == 300


def test_a_late_row_is_inserted_into_the_columnstore_once_and_rolled_up(meter):
    old = clock.now().replace(minute=0, second=0, microsecond=0) - 20 * DAY
    values = {old + n * timedelta(seconds=1): float(n) for n in range(300)}
    measure(meter, values)
    assert roll_up(time_limit_s=60)
    jobs.maintain_partitions()
    late = {old + timedelta(seconds=400): 7.0}
    assert measure(meter, values | late) == 1
    assert measure(meter, late) == 0
    assert roll_up()
    assert not LateHour.objects.exists()
    for table in (MinuteRollUp, HourRollUp, DayRollUp):
        assert sum(row.count for row in table.objects.filter(device=meter)) == 301


def test_roll_ups_outlive_the_measurements_until_their_own_retention_ends(meter, settings):
    settings.TELEMETRY_KEEP_DAYS, settings.TELEMETRY_MINUTE_DAYS = 30, 60
    now = clock.now()
    measure(meter, {now - 40 * DAY: 1.0, now - 200 * DAY: 2.0, now - DAY: 3.0})
    assert roll_up(time_limit_s=60)
    jobs.maintain_partitions()
    jobs.roll_up()
    assert [row.value for row in Measurement.objects.filter(device=meter)] == [3.0]
    assert {row.high for row in MinuteRollUp.objects.filter(device=meter)} == {1.0, 3.0}
    assert {row.high for row in DayRollUp.objects.filter(device=meter)} == {1.0, 2.0, 3.0}
