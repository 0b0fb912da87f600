"""A curve of any span reads a limited number of rows, and each point is right."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import Rejection
from devices.telemetry import selectors
from devices.telemetry.levels import DAY, HOUR, LEVELS, MINUTE
from devices.telemetry.models import Metric, MinuteRollUp
from devices.telemetry.resolution import ChartQuery, choose
from devices.telemetry.rollups import roll_up
from devices.telemetry.selectors import Point, chart, latest, latest_of_site, raw_rows, series
from tests.devices.telemetry.measuring import measure
from tests.factories import DeviceFactory, SiteFactory

NOON = clock.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
SECOND = timedelta(seconds=1)


@pytest.fixture
def meter(db):
    return DeviceFactory()


def report(device, values, metric="power"):
    """Insert values by their seconds after noon."""
    measure(device, {NOON + n * SECOND: value for n, value in values.items()}, metric)


def test_a_bucket_has_mean_low_high_and_count(meter):
    report(meter, {0: 1, 10: 2, 59: 6, 60: 7})
    curve = series(meter, "power", NOON, NOON + 120 * SECOND, points=2)
    assert curve.resolution == "minute"
    assert curve.width == 60 * SECOND
    assert curve.points == (
        Point(at=NOON, mean=3.0, low=1.0, high=6.0, count=3),
        Point(at=NOON + 60 * SECOND, mean=7.0, low=7.0, high=7.0, count=1),
    )


def test_a_short_span_returns_each_measurement(meter):
    report(meter, {0: 1, 1: 5, 2: 3})
    curve = series(meter, "power", NOON, NOON + 10 * SECOND)
    assert curve.resolution == "raw"
    assert curve.width is None
    assert [(point.at, point.mean) for point in curve.points] == [
        (NOON, 1), (NOON + SECOND, 5), (NOON + 2 * SECOND, 3)
    ]  # fmt: skip


def test_the_end_is_not_part_of_the_span(meter):
    report(meter, {0: 1, 60: 2})
    assert len(series(meter, "power", NOON, NOON + 60 * SECOND).points) == 1


def test_other_devices_and_metrics_are_not_included(meter):
    report(DeviceFactory(), {0: 1})
    report(meter, {0: 1}, metric="volt")
    assert series(meter, "power", NOON, NOON + 60 * SECOND).points == ()
    assert series(meter, "no.such", NOON, NOON + 60 * SECOND).points == ()


def test_several_metrics_of_a_device_are_one_chart_of_one_resolution(meter):
    report(meter, {n: float(n) for n in range(50)}, metric="power")
    report(meter, {0: 230.0}, metric="volt")
    curves = chart(meter, ["volt", "no.such", "power"], NOON, NOON + 60 * SECOND, points=40)
    assert [curve.metric for curve in curves] == ["volt", "no.such", "power"]
    assert {curve.resolution for curve in curves} == {"minute"}
    assert [[point.count for point in curve.points] for curve in curves] == [[1], [], [50]]


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
def test_an_invalid_span_is_rejected(begin, end, points, field):
    with pytest.raises(Rejection) as caught:
        series(DeviceFactory.build(), "power", begin, end, points)
    assert caught.value.field == field


def test_latest_values_are_sorted_by_metric(meter):
    report(meter, {0: 1, 5: 2}, metric="volt")
    report(meter, {3: 7}, metric="power")
    report(DeviceFactory(), {0: 9})
    assert [(row.metric.name, row.value) for row in latest(meter)] == [("power", 7), ("volt", 2)]


@pytest.mark.django_db
def test_latest_values_of_a_site_are_read_in_one_query():
    site = SiteFactory()
    first, second = (DeviceFactory(site=site, code=code, name=code.upper()) for code in ("a", "b"))
    report(second, {0: 3})
    report(first, {0: 1, 9: 2})
    report(first, {0: 230}, metric="volt")
    report(DeviceFactory(), {0: 8})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = latest_of_site(site)
    assert len(queries) == 1
    assert [(each.code, each.name, each.metric, each.value) for each in found] == [
        ("a", "A", "power", 2), ("a", "A", "volt", 230), ("b", "B", "power", 3)
    ]  # fmt: skip
    assert found[0].at == NOON + 9 * SECOND


def test_an_export_yields_each_measurement_once_page_by_page(meter, monkeypatch):
    monkeypatch.setattr(selectors, "EXPORT_PAGE", 3)
    report(meter, {n: float(n) for n in range(7)})
    rows = list(raw_rows(meter, "power", NOON, NOON + 6 * SECOND))
    assert [(row.at, row.value) for row in rows] == [(NOON + n * SECOND, n) for n in range(6)]
    assert list(raw_rows(meter, "no.such", NOON, NOON + SECOND)) == []
    with pytest.raises(Rejection):
        raw_rows(meter, "power", NOON, NOON)


# How much a curve reads.

instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
questions = st.builds(
    lambda one, other, **rest: ChartQuery(min(one, other), max(one, other) + SECOND, **rest),
    instants,
    instants,
    points=st.integers(2, 5000),
    completed=st.none() | instants,
    unrolled=st.integers(0, 200),
    now=instants,
)


@given(questions)
def test_no_span_has_more_points_than_requested(query):
    plan = choose(query)
    assert plan.buckets <= query.points


@given(questions)
def test_the_row_limit_holds_wherever_a_roll_up_allows_it(query):
    plan = choose(query)
    days = (DAY.ceil(query.end) - DAY.floor(query.begin)).days
    # Today's hours and minutes come on top of the days.
    if days + 23 + 59 + 2 * query.unrolled <= query.points:
        assert plan.rows + 2 * query.unrolled <= query.points


@given(questions)
def test_the_pieces_cover_the_span_without_gaps_and_use_completed_roll_ups_only(query):
    pieces = choose(query).pieces
    assert pieces[0].begin <= query.begin
    assert query.end <= pieces[-1].end
    assert all(one.end == next_one.begin for one, next_one in pairwise(pieces))
    for piece in pieces:
        assert piece.begin < piece.end
        assert piece.level is None or piece.end <= query.completed


@given(questions)
def test_no_roll_up_is_used_beyond_its_retention(query):
    level = choose(query).level
    assert level is DAY or query.begin >= query.now - level.retention


def rows_read(take):
    """Count the telemetry rows that the scans of these queries return."""
    with CaptureQueriesContext(connection) as queries:
        take()
    with connection.cursor() as cursor:
        total = 0
        for query in [each["sql"] for each in queries.captured_queries]:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
            [[plan]] = cursor.fetchall()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            total += scanned(plan[0]["Plan"])
        return total


def scanned(node):
    below = sum(scanned(each) for each in node.get("Plans", []))
    small = node.get("Relation Name") in (None, "telemetry_metric", "telemetry_rollupprogress")
    # TimescaleDB's own nodes stand above the scans of their chunks.
    if small or node["Node Type"] == "Custom Scan":
        return below
    return below + node["Actual Rows"] * node["Actual Loops"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("span", "points", "resolution"),
    [
        (600 * SECOND, 2000, "raw"),
        (3600 * SECOND, 2000, "minute"),
        (7200 * SECOND, 3600, "minute"),
        (7200 * SECOND, 130, "minute"),
        (7200 * SECOND, 119, "hour"),
        (timedelta(days=3), 100, "hour"),
        (timedelta(days=3), 30, "day"),
    ],
)
def test_a_curve_reads_at_most_as_many_rows_as_points(span, points, resolution):
    meter = DeviceFactory()
    report(meter, {n: float(n % 9) for n in range(7200)})
    report(meter, {n: float(n % 9) for n in range(7200)}, metric="volt")
    roll_up(NOON + timedelta(days=1))
    curve = series(meter, "power", NOON, NOON + span, points)
    assert curve.resolution == resolution
    assert sum(point.count for point in curve.points) == min(7200, span / SECOND)
    assert rows_read(lambda: series(meter, "power", NOON, NOON + span, points)) <= points


@pytest.mark.django_db(transaction=True)
def test_measurements_that_are_not_rolled_up_yet_are_included():
    meter = DeviceFactory()
    report(meter, {n: float(n) for n in range(7200)})
    roll_up(NOON + 7140 * SECOND)
    begin, end = NOON, NOON + 7200 * SECOND
    assert rows_read(lambda: series(meter, "power", begin, end, 2000)) <= 2000
    assert series(meter, "power", begin, end, 2000).points[-1].high == 7199
    assert series(meter, "power", begin, end, 400).resolution == "minute"
    assert rows_read(lambda: series(meter, "power", begin, end, 400)) <= 400


def test_a_span_beyond_the_retention_of_minutes_uses_hours(meter, settings):
    settings.TELEMETRY_MINUTE_DAYS = 1
    report(meter, {0: 1})
    assert series(meter, "power", NOON, NOON + 60 * SECOND, 2).resolution == "hour"


def test_each_level_is_built_from_the_finer_one():
    assert [level.width / SECOND for level in LEVELS] == [60, 3600, 86400]
    assert (MINUTE.table, HOUR.table) == ("telemetry_minute", "telemetry_hour")
    assert MinuteRollUp._meta.db_table == MINUTE.table
    assert DAY.floor(datetime(1999, 12, 31, 23, tzinfo=UTC)) == datetime(1999, 12, 31, tzinfo=UTC)


@pytest.mark.django_db
def test_a_metric_without_measurements_is_an_empty_curve():
    Metric.objects.create(name="power")
    assert series(DeviceFactory(), "power", NOON, NOON + 60 * SECOND).points == ()
