"""A day is a partition: created ahead, filled from the default one, rewritten, dropped."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from core import clock
from devices.telemetry import jobs
from devices.telemetry.models import HourRollUp, Measurement, Metric, MinuteRollUp
from devices.telemetry.partitions import compact, create_partitions, drop_expired
from tests.devices.telemetry.measuring import measure, need_native_days
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def meter():
    return DeviceFactory()


@pytest.fixture
def native(db):
    need_native_days()


def place_of(at):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM telemetry_measurement WHERE at = %s", [at]
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize("table", ["telemetry_measurement", "telemetry_minute"])
def test_partitions_from_yesterday_to_a_week_ahead_are_created_once(table):
    assert create_partitions(NOON.date(), table) == [date(2031, 5, n) for n in range(16, 25)]
    assert create_partitions(NOON.date(), table) == []
    assert create_partitions(NOON.date() + DAY, table) == [date(2031, 5, 25)]


@pytest.mark.usefixtures("native")
def test_a_row_goes_to_its_utc_day(meter):
    create_partitions(NOON.date())
    measure(meter, {datetime(2031, 5, 17, 23, 59, 59, 999_999, tzinfo=UTC): 1})
    measure(meter, {datetime(2031, 5, 18, tzinfo=UTC): 1})
    assert [place_of(row.at) for row in Measurement.objects.order_by("at")] == [
        ["telemetry_measurement_20310517"],
        ["telemetry_measurement_20310518"],
    ]


@pytest.mark.usefixtures("native")
def test_a_late_row_moves_from_the_default_partition_to_its_day(meter):
    late = NOON - 90 * DAY
    measure(meter, {late: 1})
    assert place_of(late) == ["telemetry_measurement_default"]
    assert late.date() in create_partitions(NOON.date())
    assert place_of(late) == [f"telemetry_measurement_{late:%Y%m%d}"]
    assert measure(meter, {late: 1}) == 0, "the duplicate is found there"


def test_expired_days_are_dropped_with_their_rows(meter):
    measure(meter, {NOON - 40 * DAY: 1})
    create_partitions(NOON.date())
    measure(meter, {NOON - 35 * DAY: 1})
    measure(meter, {NOON: 1})
    assert drop_expired(NOON - 30 * DAY) > 0
    assert [row.at for row in Measurement.objects.all()] == [NOON]


def test_a_day_that_has_not_ended_is_kept(meter):
    measure(meter, {NOON: 1})
    create_partitions(NOON.date())
    drop_expired(datetime(2031, 5, 17, 23, 59, tzinfo=UTC))
    assert Measurement.objects.exists()
    drop_expired(datetime(2031, 5, 18, tzinfo=UTC))
    assert not Measurement.objects.exists()


@pytest.mark.usefixtures("native")
def test_a_past_day_is_rewritten_in_key_order_once(meter):
    first, second = NOON, NOON + timedelta(minutes=1)
    create_partitions(NOON.date())
    other = DeviceFactory()
    for at in (first, second):
        for device in (other, meter):
            measure(device, {at: 1})
    assert compact(NOON + DAY) == 2, "yesterday's empty day, and this one"
    with connection.cursor() as cursor:
        cursor.execute("SELECT device_id FROM telemetry_measurement_20310517 ORDER BY ctid")
        assert [pk for (pk,) in cursor.fetchall()] == [meter.pk, meter.pk, other.pk, other.pk]
    assert compact(NOON + DAY) == 0
    assert compact(NOON + 2 * DAY, limit=5) == 1


@pytest.mark.usefixtures("native")
def test_a_day_that_is_too_large_is_not_rewritten(meter, monkeypatch):
    create_partitions(NOON.date())
    measure(meter, {NOON: 1})
    monkeypatch.setattr("devices.telemetry.partitions.MAX_COMPACTED_BYTES", 1)
    compact(NOON + DAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisclustered FROM pg_index"
            " WHERE indrelid = 'telemetry_measurement_20310517'::regclass"
        )
        assert cursor.fetchall() == [(False,)]


@pytest.mark.usefixtures("native")
def test_the_job_creates_partitions_of_measurements_and_of_minutes(meter):
    now = clock.now()
    jobs.maintain_partitions()
    measure(meter, {now + 6 * DAY: 1})
    assert place_of(now + 6 * DAY) == [f"telemetry_measurement_{now + 6 * DAY:%Y%m%d}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"telemetry_minute_{now + 6 * DAY:%Y%m%d}"])
        assert cursor.fetchone()[0]


def test_the_job_drops_measurements_past_their_retention(meter, settings):
    settings.TELEMETRY_KEEP_DAYS = 30
    now = clock.now()
    measure(meter, {now - 32 * DAY: 1, now: 1})
    jobs.maintain_partitions()
    assert [row.at for row in Measurement.objects.all()] == [now]


@pytest.mark.usefixtures("native")
def test_each_roll_up_has_its_own_retention(meter, settings):
    settings.TELEMETRY_MINUTE_DAYS, settings.TELEMETRY_HOUR_DAYS = 30, 60
    metric = Metric.objects.create(name="power")
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for table in (MinuteRollUp, HourRollUp):
        for days in (1, 32, 62):
            key = {"device": meter, "metric": metric, "at": now - days * DAY}
            table.objects.create(**key, count=1, sum=1, low=1, high=1)
    jobs.maintain_partitions()
    assert [row.at for row in MinuteRollUp.objects.all()] == [now - DAY]
    assert {row.at for row in HourRollUp.objects.all()} == {now - DAY, now - 32 * DAY}
