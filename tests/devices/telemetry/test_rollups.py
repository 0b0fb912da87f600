"""Roll-ups equal their measurements, in any order of arrival and of the job's runs."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import psycopg2
import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from core import clock
from devices.telemetry import buckets, jobs, rollup_lock, rollups
from devices.telemetry.levels import LEVELS, ORIGIN
from devices.telemetry.models import (
    DayRollUp,
    HourRollUp,
    LateHour,
    Measurement,
    MinuteRollUp,
)
from devices.telemetry.partitions import drop_expired
from devices.telemetry.rollups import completed_until, roll_up
from devices.telemetry.selectors import Point, series
from tests.devices.telemetry.measuring import measure
from tests.factories import DeviceFactory

# TimescaleDB refuses to refresh inside a transaction.
pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROLL_UPS = {MINUTE: MinuteRollUp, HOUR: HourRollUp, DAY: DayRollUp}
# A week ago: within every retention, and not compressed yet.
BEGIN = datetime.combine(clock.now().date() - 7 * DAY, datetime.min.time(), UTC)


@pytest.fixture
def meter():
    return DeviceFactory()


def rolled(device, width):
    """Return the roll-up of that width: count, sum, low and high by bucket."""
    rows = ROLL_UPS[width].objects.filter(device=device).order_by("at")
    return {row.at: (row.count, row.sum, row.low, row.high) for row in rows}


def by_bucket(values, width, origin=BEGIN):
    """Return the expected roll-up."""
    numbers = defaultdict(list)
    for at, value in values.items():
        numbers[origin + (at - origin) // width * width].append(value)
    return {at: (len(n), sum(n), min(n), max(n)) for at, n in sorted(numbers.items())}


def test_a_bucket_has_count_sum_low_and_high_at_each_width(meter):
    values = {BEGIN + n * 20 * MINUTE: n % 7 for n in range(100)}
    measure(meter, values)
    assert roll_up(BEGIN + 2 * DAY + MINUTE)
    for width in ROLL_UPS:
        assert rolled(meter, width) == by_bucket(values, width)


def test_only_buckets_that_ended_a_minute_ago_are_built(meter):
    measure(meter, {BEGIN + 58 * MINUTE: 1, BEGIN + 59 * MINUTE: 2, BEGIN + 60 * MINUTE: 3})
    roll_up(BEGIN + HOUR + timedelta(seconds=59))
    assert completed_until() == BEGIN + 59 * MINUTE
    assert list(rolled(meter, MINUTE)) == [BEGIN + 58 * MINUTE]
    assert rolled(meter, HOUR) == {}
    roll_up(BEGIN + HOUR + MINUTE)
    assert rolled(meter, HOUR) == {BEGIN: (2, 3, 1, 2)}


def test_a_second_run_has_no_effect(meter):
    measure(meter, {BEGIN: 1, BEGIN + HOUR: 2})
    for _ in range(2):
        assert roll_up(BEGIN + 2 * DAY)
        assert rolled(meter, DAY) == {BEGIN: (2, 3, 1, 2)}


def test_progress_never_goes_back(meter):
    roll_up(BEGIN + DAY)
    roll_up(BEGIN)
    assert completed_until() == BEGIN + DAY - MINUTE


def test_late_rows_are_in_every_roll_up_after_the_next_run(meter):
    values = {BEGIN + MINUTE: 5.0}
    measure(meter, values)
    roll_up(BEGIN + 3 * DAY)
    late = {BEGIN + MINUTE + timedelta(seconds=1): 9.0, BEGIN + DAY + HOUR: 1.0}
    measure(meter, late)
    assert roll_up(BEGIN + 3 * DAY)
    for width in ROLL_UPS:
        assert rolled(meter, width) == by_bucket(values | late, width)
    assert not LateHour.objects.exists()


def test_each_late_hour_of_a_device_is_recorded(meter):
    roll_up(BEGIN + DAY)
    measure(meter, {BEGIN + n * MINUTE: n for n in range(90)})
    assert set(LateHour.objects.values_list("device_id", "hour")) == {
        (meter.pk, BEGIN),
        (meter.pk, BEGIN + HOUR),
    }
    measure(meter, {BEGIN + DAY: 1})
    assert LateHour.objects.count() == 2


def test_late_hours_are_rebuilt_in_batches(meter, monkeypatch):
    monkeypatch.setattr(rollups, "LATE_HOURS_PER_STEP", 2)
    measure(meter, {BEGIN - HOUR: 0})
    roll_up(BEGIN + DAY)
    values = {BEGIN + n * HOUR: 1.0 for n in range(5)}
    measure(meter, values)
    assert roll_up(BEGIN + DAY)
    assert rolled(meter, HOUR).keys() >= values.keys()
    assert not LateHour.objects.exists()


def test_a_long_backlog_is_caught_up_in_several_runs(meter, monkeypatch):
    ticks = count()
    clockwork = SimpleNamespace(monotonic=lambda: next(ticks), sleep=lambda _s: None)
    monkeypatch.setattr(rollups, "time", clockwork)
    monkeypatch.setattr(buckets, "step_level", lambda: LEVELS[1])
    values = {BEGIN + n * HOUR: float(n) for n in range(50)}
    measure(meter, values)
    done = [completed_until() for _ in range(9) if not roll_up(BEGIN + 4 * DAY, time_limit_s=20)]
    assert 2 < len(done) < 9
    assert done == sorted(set(done)), "each run makes progress"
    assert completed_until() == BEGIN + 4 * DAY - MINUTE
    assert rolled(meter, DAY) == by_bucket(values, DAY)


def test_days_without_measurements_are_skipped(meter, monkeypatch):
    steps, write = [], rollups._set_completed
    monkeypatch.setattr(rollups, "_set_completed", lambda at: steps.append(at) or write(at))
    values = {BEGIN - 100 * DAY + HOUR: 1.0, BEGIN - 50 * DAY: 2.0, BEGIN + HOUR: 3.0}
    measure(meter, values)
    assert roll_up(BEGIN + 2 * DAY)
    assert len(steps) < 4 * 24
    assert rolled(meter, DAY) == by_bucket(values, DAY)


def test_an_interrupted_run_is_completed_by_the_next_one(meter, monkeypatch):
    values = {BEGIN + n * HOUR: float(n) for n in range(30)}
    measure(meter, values)
    made, make = [], buckets.build

    def break_off(*args):
        made.append(args)
        if len(made) == 4:  # in the second step, of hours or (on TimescaleDB) of days
            raise InterruptedError
        make(*args)

    monkeypatch.setattr(buckets, "build", break_off)
    with pytest.raises(InterruptedError):
        roll_up(BEGIN + 3 * DAY)
    assert BEGIN < completed_until() < BEGIN + 3 * DAY
    assert roll_up(BEGIN + 3 * DAY)
    for width in ROLL_UPS:
        assert rolled(meter, width) == by_bucket(values, width)


def test_a_roll_up_outlives_its_measurements(meter, settings):
    settings.TELEMETRY_KEEP_DAYS = 5
    values = {BEGIN + HOUR: 1.0, BEGIN + HOUR + MINUTE: 2.0}
    measure(meter, values)
    roll_up()
    drop_expired(BEGIN + DAY)
    measure(meter, {BEGIN + HOUR + 2 * MINUTE: 3.0})
    drop_expired(BEGIN + DAY)
    assert roll_up()
    assert not Measurement.objects.exists()
    for width in ROLL_UPS:
        assert rolled(meter, width) == by_bucket(values, width)


@pytest.fixture
def other():
    """A second connection to the same database, in a transaction of its own."""
    how = connection.get_connection_params()
    made = psycopg2.connect(**{name: how[name] for name in how if name != "cursor_factory"})
    yield made
    made.close()


ADD = (
    "INSERT INTO telemetry_measurement (device_id, metric_id, at, received_at, value)"
    " SELECT device_id, metric_id, %s, received_at, 9 FROM telemetry_latest"
)


def test_the_job_waits_for_transactions_that_were_adding_rows_at_its_claim(
    meter, other, monkeypatch
):
    """They may have read the previous claim, and recorded no late hour."""
    measure(meter, {BEGIN: 1})
    roll_up(BEGIN + HOUR)
    monkeypatch.setattr(rollups, "WRITERS_TIMEOUT_S", 0.1)
    with other.cursor() as cursor:
        cursor.execute(ADD, [BEGIN + 2 * HOUR])
    assert not roll_up(BEGIN + 4 * HOUR)
    assert completed_until() == BEGIN + HOUR - MINUTE
    other.commit()
    assert roll_up(BEGIN + 4 * HOUR)
    assert rolled(meter, HOUR) == {BEGIN: (1, 1, 1, 1), BEGIN + 2 * HOUR: (1, 9, 9, 9)}


def test_rows_added_after_the_claim_are_recorded_as_late(meter, monkeypatch):
    measure(meter, {BEGIN: 1})
    roll_up(BEGIN + HOUR)
    writers, notes = rollups._writers, []

    def add_in_between():
        if not notes:
            measure(meter, {BEGIN + 2 * HOUR: 9})
            notes.extend(LateHour.objects.values_list("device_id", "hour"))
        return writers()

    monkeypatch.setattr(rollups, "_writers", add_in_between)
    assert roll_up(BEGIN + 4 * HOUR)
    assert notes == [(meter.pk, BEGIN + 2 * HOUR)]
    assert rolled(meter, HOUR) == {BEGIN: (1, 1, 1, 1), BEGIN + 2 * HOUR: (1, 9, 9, 9)}


def test_one_process_rolls_up_at_a_time(meter, other):
    measure(meter, {BEGIN: 1})
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [rollup_lock.LOCK_ID])
        assert not roll_up(BEGIN + HOUR)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [rollup_lock.LOCK_ID])
    assert roll_up(BEGIN + HOUR)


def test_the_periodic_job_brings_the_roll_ups_up_to_a_minute_ago(meter):
    measure(meter, {BEGIN: 1})
    jobs.roll_up()
    assert clock.now() - completed_until() < 3 * MINUTE
    assert rolled(meter, DAY) == {BEGIN: (1, 1, 1, 1)}


def test_without_measurements_no_bucket_is_built():
    assert roll_up(BEGIN)
    assert completed_until() == BEGIN - MINUTE


def forget():
    """Delete all measurements and progress; remaining roll-ups belong to other devices."""
    with connection.cursor() as cursor:
        for table in ("measurement", "latest", "rollupprogress", "latehour"):
            cursor.execute(f"DELETE FROM telemetry_{table}")  # noqa: S608 - of four names


def expected(values, width):
    """Return the expected curve; of single measurements where there is no width."""
    if width is None:
        return [Point(at, v, v, v, 1) for at, v in sorted(values.items())]
    buckets = by_bucket(values, width, ORIGIN).items()
    return [Point(at, total / n, low, high, n) for at, (n, total, low, high) in buckets]


seconds = st.integers(0, 3 * 86_400 - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("measure"), st.dictionaries(seconds, st.integers(-9, 9), min_size=1)),
        st.tuples(st.just("roll up"), st.integers(0, 4 * 86_400)),
    ),
    max_size=8,
)


@hypothesis(max_examples=25, suppress_health_check=list(HealthCheck))
@given(steps, st.integers(0, 4 * 86_400))
def test_curves_equal_their_measurements_in_any_order_of_arrival(steps, last):
    forget()
    meter, values = DeviceFactory(), {}
    for what, how in [*steps, ("roll up", last)]:
        if what == "roll up":
            assert roll_up(BEGIN + timedelta(seconds=how), time_limit_s=60)
            continue
        new = {BEGIN + timedelta(seconds=at): float(v) for at, v in how.items()}
        measure(meter, new)
        values = new | values  # the first of one instant is kept
    for points in (2, 3, 30, 80, 200, 4320, 4500, 100_000):
        curve = series(meter, "power", BEGIN, BEGIN + 3 * DAY, points)
        assert list(curve.points) == expected(values, curve.width)
        assert len(curve.points) <= points


@pytest.mark.parametrize(
    ("points", "resolution", "width"),
    [
        (2, "day", 2 * DAY),
        (3, "day", DAY),
        (72, "hour", HOUR),
        (4319, "hour", HOUR),
        (4320, "minute", MINUTE),
        (10_000, "raw", None),
    ],
)
def test_a_curve_is_as_fine_as_the_number_of_points_allows(meter, points, resolution, width):
    measure(meter, {BEGIN + n * HOUR: 1.0 for n in range(72)})
    roll_up(BEGIN + 4 * DAY)
    curve = series(meter, "power", BEGIN, BEGIN + 3 * DAY, points)
    assert (curve.resolution, curve.width) == (resolution, width)
