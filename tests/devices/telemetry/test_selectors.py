"""A curve of any span is at most so many points, and each tells the truth about its bucket."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from devices.telemetry import storage
from devices.telemetry.models import Metric
from devices.telemetry.selectors import Point, bucket_width, latest, series
from devices.telemetry.storage import Row
from tests.factories import DeviceFactory

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def meter(db):
    return DeviceFactory()


def measure(device, values, metric="power"):
    metric_id = Metric.objects.get_or_create(name=metric)[0].pk
    storage.add(
        Row(device.pk, metric_id, NOON + n * SECOND, NOON, value) for n, value in values.items()
    )


def test_a_bucket_tells_mean_low_high_and_count(meter):
    measure(meter, {0: 1, 10: 2, 59: 6, 60: 7})
    assert series(meter, "power", NOON, NOON + 120 * SECOND, points=2) == [
        Point(at=NOON, mean=3.0, low=1.0, high=6.0, count=3),
        Point(at=NOON + 60 * SECOND, mean=7.0, low=7.0, high=7.0, count=1),
    ]


def test_a_short_span_shows_each_number(meter):
    measure(meter, {0: 1, 1: 5, 2: 3})
    curve = series(meter, "power", NOON, NOON + 10 * SECOND)
    assert [(point.at, point.mean) for point in curve] == [
        (NOON, 1), (NOON + SECOND, 5), (NOON + 2 * SECOND, 3)
    ]  # fmt: skip


def test_the_end_is_not_part_of_the_span(meter):
    measure(meter, {0: 1, 60: 2})
    assert len(series(meter, "power", NOON, NOON + 60 * SECOND)) == 1


def test_nothing_of_another_device_or_metric_is_shown(meter):
    measure(DeviceFactory(), {0: 1})
    measure(meter, {0: 1}, metric="volt")
    assert series(meter, "power", NOON, NOON + 60 * SECOND) == []
    assert series(meter, "no.such", NOON, NOON + 60 * SECOND) == []


@pytest.mark.parametrize(
    ("begin", "end", "points", "field"),
    [
        (NOON, NOON, 10, "end"),
        (NOON, NOON - SECOND, 10, "end"),
        (NOON, NOON + SECOND, 1, "points"),
        (NOON.replace(tzinfo=None), NOON + SECOND, 10, "begin"),
        (NOON, (NOON + SECOND).replace(tzinfo=None), 10, "end"),
    ],
)
def test_a_span_that_is_none_is_refused(begin, end, points, field):
    with pytest.raises(Refusal) as caught:
        series(DeviceFactory.build(), "power", begin, end, points)
    assert caught.value.field == field


def test_the_latest_of_each_metric_is_listed_by_name(meter):
    measure(meter, {0: 1, 5: 2}, metric="volt")
    measure(meter, {3: 7}, metric="power")
    measure(DeviceFactory(), {0: 9})
    assert [(row.metric.name, row.value) for row in latest(meter)] == [("power", 7), ("volt", 2)]


instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(instants, instants, st.integers(2, 500))
def test_no_span_touches_more_buckets_than_points_were_asked_for(one, other, points):
    begin, end = min(one, other), max(one, other) + SECOND
    width = bucket_width(begin, end, points)
    assert (end - begin) / width <= points
    assert width >= SECOND


@pytest.mark.parametrize(
    ("span", "points", "width"),
    [
        (timedelta(seconds=10), 300, timedelta(seconds=1)),
        (timedelta(hours=1), 300, timedelta(seconds=15)),
        (timedelta(hours=1), 60, timedelta(minutes=1)),
        (timedelta(days=1), 300, timedelta(minutes=5)),
        (timedelta(days=365), 300, timedelta(days=2)),
    ],
)
def test_the_width_is_the_smallest_usual_one_that_fits(span, points, width):
    assert bucket_width(NOON.replace(hour=0), NOON.replace(hour=0) + span, points) == width
