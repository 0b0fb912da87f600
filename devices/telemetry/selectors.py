"""Read telemetry: curves, measurements for an export, and the latest values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from psycopg2 import sql

from core import clock
from core.models import Site
from devices.models import Device
from devices.rejections import rejected
from devices.telemetry import resolution, rollups
from devices.telemetry.levels import DAY, MINUTE, ORIGIN
from devices.telemetry.models import Latest, Metric
from devices.telemetry.resolution import ChartQuery, Piece, Plan, Resolution

# About the width of a screen in pixels; a day has 1,440 minutes.
POINTS = 2000
EXPORT_PAGE = 5000

_RAW = """
SELECT metric.id, m.at, m.value FROM unnest({metrics}::integer[]) metric (id) CROSS JOIN LATERAL (
    SELECT at, value FROM telemetry_measurement
    WHERE device_id = {device} AND metric_id = metric.id AND at >= {begin} AND at < {end}
    ORDER BY at LIMIT {limit}
) m ORDER BY metric.id, m.at
"""
_COUNT_UNROLLED = """
SELECT m.n FROM unnest({metrics}::integer[]) metric (id) CROSS JOIN LATERAL (
    SELECT count(*) FROM (
        SELECT 1 FROM telemetry_measurement
        WHERE device_id = {device} AND metric_id = metric.id AND at >= {begin} AND at < {end}
        LIMIT {limit}
    ) among
) m (n)
"""
_BUCKETS = """
SELECT metric_id, date_bin({width}, at, {origin}) AS bucket,
    sum(sum) / sum(count), min(low), max(high), sum(count)::bigint
FROM ({pieces}) piece GROUP BY metric_id, bucket ORDER BY metric_id, bucket
"""
_PIECE = """
SELECT metric_id, at, {numbers} FROM {table}
WHERE device_id = {device} AND metric_id = ANY ({metrics}) AND at >= {begin} AND at < {end}
"""
_OF_BUCKETS = "count, sum, low, high"
_OF_ROWS = "1 AS count, value AS sum, value AS low, value AS high"
_LATEST_OF_SITE = """
SELECT device.id, device.code, device.name, metric.name, newest.at, newest.received_at, newest.value
FROM devices_device device
JOIN telemetry_latest newest ON newest.device_id = device.id
JOIN telemetry_metric metric ON metric.id = newest.metric_id
WHERE device.site_id = %s ORDER BY device.code, metric.name
"""
_EXPORT = """
SELECT at, received_at, value FROM telemetry_measurement
WHERE device_id = %s AND metric_id = %s AND at >= %s AND at < %s ORDER BY at LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of a curve, or one measurement.

    Attributes:
        at: start of the bucket, or time of the measurement (aware UTC).
        mean: of its measurements.
        low: the smallest.
        high: the largest.
        count: number of measurements, at least 1.
    """

    at: datetime
    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Series:
    """A curve.

    Attributes:
        metric: its name.
        resolution: what one point represents.
        width: of a bucket; None where each point is one measurement.
        points: in the order of time, without empty buckets.
    """

    metric: str
    resolution: Resolution
    width: timedelta | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: the device's time, the time of receipt, and the value."""

    at: datetime
    received_at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The newest value of one metric; ``code`` and ``name`` are the device's."""

    device_id: int
    code: str
    name: str
    metric: str
    at: datetime
    received_at: datetime
    value: float


def series(
    device: Device, metric: str, begin: datetime, end: datetime, points: int = POINTS
) -> Series:
    """Return the metric's curve over the span, reading at most ``points`` rows.

    It consists of measurements where they are few enough, else of minutes, hours or UTC days, and
    is always up to date. The first bucket may begin before ``begin`` and the last end after
    ``end``; a measurement at ``end`` is not included. The caller has checked the permission.
    ``devices.telemetry.resolution`` chooses the resolution.

    Raises:
        Rejection: ``begin`` is not before ``end``, a time is naive, or ``points`` is below 2.
    """
    return chart(device, [metric], begin, end, points)[0]


def chart(
    device: Device, metrics: Sequence[str], begin: datetime, end: datetime, points: int = POINTS
) -> list[Series]:
    """Return one curve per metric, in that order, all of one resolution; see `series`.

    Raises:
        Rejection: as for `series`.
    """
    _check(begin, end, points)
    ids = dict(Metric.objects.filter(name__in=metrics).values_list("name", "id"))
    query = _chart_query(device, ids, begin, end, points)
    plan = resolution.choose(query)
    found = _measurements(device, ids, query, plan)
    if found is not None:
        return [Series(name, Resolution.RAW, None, _of(found, ids, name)) for name in metrics]
    found = _buckets(device, ids, plan)
    return [Series(name, plan.resolution, plan.width, _of(found, ids, name)) for name in metrics]


def latest(device: Device) -> QuerySet[Latest]:
    """Return the newest value of each metric of the device, by the metric's name."""
    return Latest.objects.filter(device=device).select_related("metric").order_by("metric__name")


def latest_of_site(site: Site) -> list[LatestValue]:
    """Return the newest value of each metric of the site's devices, by code and metric."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST_OF_SITE, [site.pk])
        return [LatestValue(*row) for row in cursor.fetchall()]


def raw_rows(device: Device, metric: str, begin: datetime, end: datetime) -> Iterator[Sample]:
    """Yield each measurement of the span in the order of time.

    It reads page by page, so that it needs little memory and holds no transaction open while the
    reader waits.

    Raises:
        Rejection: ``begin`` is not before ``end``, or a time is naive.
    """
    _check(begin, end, POINTS)
    return _pages(device, metric, begin, end)


def _pages(device: Device, metric: str, begin: datetime, end: datetime) -> Iterator[Sample]:
    metric_id = Metric.objects.filter(name=metric).values_list("id", flat=True).first()
    while metric_id is not None:
        with connection.cursor() as cursor:
            cursor.execute(_EXPORT, [device.pk, metric_id, begin, end, EXPORT_PAGE])
            page = [Sample(*row) for row in cursor.fetchall()]
        yield from page
        if len(page) < EXPORT_PAGE:
            return
        begin = page[-1].at + timedelta.resolution


def _check(begin: datetime, end: datetime, points: int) -> None:
    for field, at in (("begin", begin), ("end", end)):
        if at.tzinfo is None:
            raise rejected(field, "no_utc_offset")
    if begin >= end:
        raise rejected("end", "end_before_start")
    if points < 2:
        raise rejected("points", "too_few_points", value=points)


_Found = dict[int, list[Point]]


def _of(found: _Found, ids: dict[str, int], name: str) -> tuple[Point, ...]:
    return tuple(found.get(ids.get(name, 0), ()))


def _chart_query(
    device: Device, ids: dict[str, int], begin: datetime, end: datetime, points: int
) -> ChartQuery:
    completed, unrolled = rollups.completed_until(), 0
    after, before = max(completed or DAY.floor(begin), DAY.floor(begin)), DAY.ceil(end)
    if after < before:
        rows = _rows(_COUNT_UNROLLED, device, ids, after, before, points)
        unrolled = max((n for (n,) in rows), default=0)
    return ChartQuery(begin, end, points, completed, unrolled, clock.now())


def _measurements(
    device: Device, ids: dict[str, int], query: ChartQuery, plan: Plan
) -> _Found | None:
    """Return the measurements, or None where they exceed what the plan's rows leave of the limit.

    Only for plans of minutes: a longer span of few measurements is fast in any case.
    """
    limit = query.points - 2 * query.unrolled - plan.rows
    retained_since = query.now - timedelta(days=settings.TELEMETRY_KEEP_DAYS)
    if plan.level is not MINUTE or limit < 1 or query.begin < retained_since:
        return None
    found: _Found = {}
    for metric_id, at, value in _rows(_RAW, device, ids, query.begin, query.end, limit):
        found.setdefault(metric_id, []).append(Point(at, value, value, value, 1))
    return None if any(len(each) >= limit for each in found.values()) else found


def _rows(
    template: str, device: Device, ids: dict[str, int], begin: datetime, end: datetime, limit: int
) -> list[tuple]:
    statement = sql.SQL(template).format(
        metrics=sql.Literal(list(ids.values())),
        device=sql.Literal(device.pk),
        begin=sql.Literal(begin),
        end=sql.Literal(end),
        limit=sql.Literal(limit),
    )
    return _all(statement)


def _buckets(device: Device, ids: dict[str, int], plan: Plan) -> _Found:
    pieces = [_piece(device, ids, piece) for piece in plan.pieces]
    statement = sql.SQL(_BUCKETS).format(
        width=sql.Literal(plan.width),
        origin=sql.Literal(ORIGIN),
        pieces=sql.SQL(" UNION ALL ").join(pieces),
    )
    found: _Found = {}
    for metric_id, *numbers in _all(statement):
        found.setdefault(metric_id, []).append(Point(*numbers))
    return found


def _piece(device: Device, ids: dict[str, int], piece: Piece) -> sql.Composed:
    return sql.SQL(_PIECE).format(
        numbers=sql.SQL(_OF_BUCKETS if piece.level else _OF_ROWS),
        table=sql.Identifier(piece.table),
        device=sql.Literal(device.pk),
        metrics=sql.Literal(list(ids.values())),
        begin=sql.Literal(piece.begin),
        end=sql.Literal(piece.end),
    )


def _all(statement: sql.Composed) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
