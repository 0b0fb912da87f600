"""What is read of telemetry: a curve, and the latest of each number."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, count

from django.db import connection
from django.db.models import QuerySet

from core.errors import Refusal
from devices.models import Device
from devices.telemetry.models import Latest

_DAY = 86_400
# Widths that fit into a minute, an hour or a day, so that coarse buckets are made of fine ones.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, _DAY)
_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
_BUCKETS = """
SELECT date_bin(%s * INTERVAL '1 second', at, %s) AS bucket,
    avg(value), min(value), max(value), count(*)
FROM telemetry_measurement
WHERE device_id = %s AND metric_id = (SELECT id FROM telemetry_metric WHERE name = %s)
    AND at >= %s AND at < %s
GROUP BY bucket ORDER BY bucket
"""


@dataclass(frozen=True, slots=True)
class Point:
    """The numbers of one bucket of time.

    Attributes:
        at: where the bucket begins (aware UTC).
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


def series(
    device: Device, metric: str, begin: datetime, end: datetime, points: int = 300
) -> list[Point]:
    """Return the metric's curve from ``begin`` up to, but not at, ``end``: at most ``points``.

    The buckets are as narrow as that allows; one without a number is left out. The caller has
    checked that the asker may see the device.

    Raises:
        Refusal: ``begin`` is not before ``end``, a time has no offset, or ``points`` is under 2.
    """
    for field, at in (("begin", begin), ("end", end)):
        if at.tzinfo is None:
            raise Refusal(field, "has no offset from UTC", "give an aware time")
    if begin >= end:
        raise Refusal("end", "is not after the beginning", "give a later end")
    if points < 2:
        raise Refusal("points", f"is {points}", "ask for at least 2")
    width = bucket_width(begin, end, points)
    with connection.cursor() as cursor:
        cursor.execute(_BUCKETS, [width.total_seconds(), _ORIGIN, device.pk, metric, begin, end])
        return [Point(*row) for row in cursor.fetchall()]


def bucket_width(begin: datetime, end: datetime, points: int) -> timedelta:
    """Return the smallest width at which the span touches at most ``points`` buckets (2 or more).

    A second at least; buckets begin at whole multiples of their width since 2000-01-01 UTC.
    """
    widths = (timedelta(seconds=s) for s in chain(_STEPS, (_DAY << n for n in count(1))))
    return next(width for width in widths if _touched(begin, end, width) <= points)


def _touched(begin: datetime, end: datetime, width: timedelta) -> int:
    last = (end - _ORIGIN - timedelta.resolution) // width
    return last - (begin - _ORIGIN) // width + 1


def latest(device: Device) -> QuerySet[Latest]:
    """Return the newest number of each metric of the device, by the metric's name."""
    return Latest.objects.filter(device=device).select_related("metric").order_by("metric__name")
