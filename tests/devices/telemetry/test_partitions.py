"""A day of measurements is a partition: made ahead, filled from the default one, dropped whole."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from core import clock
from devices.telemetry import jobs, storage
from devices.telemetry.models import Measurement, Metric
from devices.telemetry.partitions import drop_days, is_hypertable, make_days
from devices.telemetry.storage import Row
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def measure():
    device, metric = DeviceFactory(), Metric.objects.create(name="power")

    def add(at):
        return storage.add([Row(device.pk, metric.pk, at, at, 1.0)])

    return add


def place_of(at):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM telemetry_measurement WHERE at = %s", [at]
        )
        return [name for (name,) in cursor.fetchall()]


def test_here_the_table_is_cut_by_native_partitions():
    assert not is_hypertable()


def test_the_days_from_yesterday_to_a_week_ahead_are_made_once():
    assert make_days(NOON.date()) == [date(2031, 5, n) for n in range(16, 25)]
    assert make_days(NOON.date()) == []
    assert make_days(NOON.date() + DAY) == [date(2031, 5, 25)]


def test_a_row_goes_to_its_utc_day(measure):
    make_days(NOON.date())
    measure(datetime(2031, 5, 17, 23, 59, 59, 999_999, tzinfo=UTC))
    measure(datetime(2031, 5, 18, tzinfo=UTC))
    assert [place_of(row.at) for row in Measurement.objects.order_by("at")] == [
        ["telemetry_measurement_20310517"],
        ["telemetry_measurement_20310518"],
    ]


def test_a_late_row_waits_in_the_default_partition_and_moves_to_a_day_of_its_own(measure):
    late = NOON - 90 * DAY
    measure(late)
    assert place_of(late) == ["telemetry_measurement_default"]
    assert late.date() in make_days(NOON.date())
    assert place_of(late) == [f"telemetry_measurement_{late:%Y%m%d}"]
    assert measure(late) == 0, "it is still known there"


def test_days_that_are_over_are_dropped_with_their_rows(measure):
    measure(NOON - 40 * DAY)
    make_days(NOON.date())
    measure(NOON - 35 * DAY)
    measure(NOON)
    assert drop_days(NOON - 30 * DAY) == 1
    assert [row.at for row in Measurement.objects.all()] == [NOON]


def test_a_day_that_has_not_wholly_passed_is_kept(measure):
    measure(NOON)
    make_days(NOON.date())
    drop_days(datetime(2031, 5, 17, 23, 59, tzinfo=UTC))
    assert Measurement.objects.exists()
    drop_days(datetime(2031, 5, 18, tzinfo=UTC))
    assert not Measurement.objects.exists()


def test_the_daily_job_makes_the_coming_days_and_drops_what_is_kept_no_longer(measure, settings):
    settings.TELEMETRY_KEEP_DAYS = 30
    now = clock.now()
    measure(now - 31 * DAY)
    jobs.keep_days()
    measure(now + 6 * DAY)
    assert place_of(now + 6 * DAY) == [f"telemetry_measurement_{now + 6 * DAY:%Y%m%d}"]
    assert Measurement.objects.count() == 1
