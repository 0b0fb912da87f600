"""What is read of telemetry: curves, single rows for an export, and the latest of each number."""

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
from devices.telemetry.resolution import Piece, Plan, Question, Resolution

# A screen is about so many pixels wide; a day has 1,440 minutes.
POINTS = 2000
EXPORT_PAGE = 5000

_RAW = """
SELECT asked.id, m.at, m.value FROM unnest({metrics}::integer[]) asked (id) CROSS JOIN LATERAL (
    SELECT at, value FROM telemetry_measurement
    WHERE device_id = {device} AND metric_id = asked.id AND at >= {begin} AND at < {end}
    ORDER BY at LIMIT {limit}
) m ORDER BY asked.id, m.at
"""
_YOUNG = """
SELECT m.n FROM unnest({metrics}::integer[]) asked (id) CROSS JOIN LATERAL (
    SELECT count(*) FROM (
        SELECT 1 FROM telemetry_measurement
        WHERE device_id = {device} AND metric_id = asked.id AND at >= {begin} AND at < {end}
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
    """The numbers of one bucket of time, or one number.

    Attributes:
        at: where the bucket begins, or when the number was measured (aware UTC).
        mean: of the numbers that were reported in it.
        low: the smallest.
        high: the largest.
        count: how many there were, at least 1.
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
        metric: whose.
        resolution: what one point stands for.
        width: of a bucket; None where each point is one number.
        points: in the order of time; a bucket without a number is left out.
    """

    metric: str
    resolution: Resolution
    width: timedelta | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One number as it was reported: by the device's time, ours, and its value."""

    at: datetime
    received_at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The newest number of one metric of one device; ``code`` and ``name`` are the device's."""

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
    """Return the metric's curve over the span: at most ``points`` rows are read for it.

    It is made of single numbers where they are few enough, else of minutes, hours or days (of UTC),
    and always up to date. Of buckets, the first may begin before ``begin`` and the last end after
    ``end``; a single number at ``end`` is no part of it. The caller has checked that the asker may
    see the device. ``devices.telemetry.resolution`` says how the choice is made.

    Raises:
        Rejection: ``begin`` is not before ``end``, a time has no offset, or ``points`` is under 2.
    """
    return chart(device, [metric], begin, end, points)[0]


def chart(
    device: Device, metrics: Sequence[str], begin: datetime, end: datetime, points: int = POINTS
) -> list[Series]:
    """Return a curve of each metric, in that order, all of one resolution; see `series`.

    Raises:
        Rejection: as `series` does.
    """
    _check(begin, end, points)
    ids = dict(Metric.objects.filter(name__in=metrics).values_list("name", "id"))
    asked = _question(device, ids, begin, end, points)
    plan = resolution.choose(asked)
    found = _few(device, ids, asked, plan)
    if found is not None:
        return [Series(name, Resolution.RAW, None, _of(found, ids, name)) for name in metrics]
    found = _buckets(device, ids, plan)
    return [Series(name, plan.resolution, plan.width, _of(found, ids, name)) for name in metrics]


def latest(device: Device) -> QuerySet[Latest]:
    """Return the newest number of each metric of the device, by the metric's name."""
    return Latest.objects.filter(device=device).select_related("metric").order_by("metric__name")


def latest_of_site(site: Site) -> list[LatestValue]:
    """Return the newest number of each metric of each of the site's devices, by code and name."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST_OF_SITE, [site.pk])
        return [LatestValue(*row) for row in cursor.fetchall()]


def raw_rows(device: Device, metric: str, begin: datetime, end: datetime) -> Iterator[Sample]:
    """Yield each number of the span as it was reported, in the order of time.

    So many at a time are asked for, from the last one on: it takes little memory, and holds no
    transaction open while the reader waits.

    Raises:
        Rejection: ``begin`` is not before ``end``, or a time has no offset.
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


def _question(
    device: Device, ids: dict[str, int], begin: datetime, end: datetime, points: int
) -> Question:
    done, young = rollups.completed_until(), 0
    after, before = max(done or DAY.floor(begin), DAY.floor(begin)), DAY.ceil(end)
    if after < before:
        rows = _rows(_YOUNG, device, ids, after, before, points)
        young = max((n for (n,) in rows), default=0)
    return Question(begin, end, points, done, young, clock.now())


def _few(device: Device, ids: dict[str, int], asked: Question, plan: Plan) -> _Found | None:
    """Return the single numbers, or None: there are more than may be read beside the plan's rows.

    Only where the plan is of minutes: a longer span of few numbers is quick in any case.
    """
    limit = asked.points - 2 * asked.young - plan.rows
    kept_since = asked.now - timedelta(days=settings.TELEMETRY_KEEP_DAYS)
    if plan.level is not MINUTE or limit < 1 or asked.begin < kept_since:
        return None
    found: _Found = {}
    for metric_id, at, value in _rows(_RAW, device, ids, asked.begin, asked.end, limit):
        found.setdefault(metric_id, []).append(Point(at, value, value, value, 1))
    return None if any(len(each) >= limit for each in found.values()) else found


def _rows(
    question: str, device: Device, ids: dict[str, int], begin: datetime, end: datetime, limit: int
) -> list[tuple]:
    statement = sql.SQL(question).format(
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
