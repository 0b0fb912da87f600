"""The time series of a chart: the range in the query string, the points as columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from devices.models import Device
from devices.telemetry.models import Latest
from devices.telemetry.selectors import POINTS, Series, series
from ui.query_params import whole_number

USUAL_SPAN = timedelta(days=1)
# Longer than any installation runs, and well within PostgreSQL's timestamps.
LONGEST_SPAN = timedelta(days=366 * 20)


@dataclass(frozen=True)
class Span:
    """The time range of a chart, and the maximum number of points."""

    begin: datetime
    end: datetime
    points: int


def curve(device: Device, metric: str, span: Span) -> Series:
    """Return the metric's series over the range, at the resolution that the points allow.

    Raises:
        Rejection: the device has reported no such metric.
    """
    if not Latest.objects.filter(device=device, metric__name=metric).exists():
        hint = _("choose one of the device's latest values")
        raise Rejection("metric", "metric_unknown", _("was never reported by the device"), hint)
    return series(device, metric, span.begin, span.end, span.points)


def columns(made: Series) -> list[list[Any]]:
    """Return seconds since 1970, means, lows, highs and counts, each as one list."""
    names = ("mean", "low", "high", "count")
    times = [point.at.timestamp() for point in made.points]
    return [times, *([getattr(point, name) for point in made.points] for name in names)]


def lines(made: Series, timezone: str) -> Iterator[tuple[object, ...]]:
    """Yield a CSV row for each point, with its time in the site's zone."""
    for point in made.points:
        at = clock.local(point.at, timezone).isoformat()
        yield at, point.mean, point.low, point.high, point.count


def span_of(params: dict[str, str]) -> Span:
    """Return the time range in the query string, by default the last day.

    Raises:
        Rejection: a value is invalid, or the range is empty or too long.
    """
    end = _instant(params, "end") or clock.now()
    begin = _instant(params, "begin") or end - USUAL_SPAN
    if begin >= end:
        raise Rejection(
            "end", "end_before_begin", _("is not after the start"), _("choose a later end")
        )
    if end - begin > LONGEST_SPAN:
        raise Rejection(
            "begin",
            "range_too_long",
            _("is more than 20 years before the end"),
            _("choose a shorter period"),
        )
    return Span(begin, end, _points(params))


def _instant(params: dict[str, str], field: str) -> datetime | None:
    text = params.get(field, "").strip()
    if not text:
        return None
    try:
        at = parse_datetime(text)
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):  # well-formed, but not a valid date
        pass
    hint = _("enter it as 2026-03-01T08:00:00+08:00, with its offset")
    raise Rejection(field, "not_rfc3339", _("is not a valid time"), hint)


def _points(params: dict[str, str]) -> int:
    text = params.get("points", "")
    if not text:
        return POINTS
    points = whole_number(text)
    if points is None or not 2 <= points <= POINTS:
        hint = _("choose between 2 and %(most)s") % {"most": POINTS}
        raise Rejection("points", "not_an_integer", _("is not a number of points"), hint)
    return points
