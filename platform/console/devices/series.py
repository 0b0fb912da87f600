"""What a chart of one metric asks for, and what it gets: columns of equal length."""

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
# No chart of a building is longer, and the database's own calendar ends somewhere.
LONGEST_SPAN = timedelta(days=366 * 20)


@dataclass(frozen=True)
class Span:
    """From when to when a chart shows, and of how many rows at most it may be made."""

    begin: datetime
    end: datetime
    points: int


def curve(device: Device, metric: str, span: Span) -> Series:
    """Return the metric's curve over the span, at the resolution that it allows.

    Raises:
        Rejection: the device reported no such metric.
    """
    if not Latest.objects.filter(device=device, metric__name=metric).exists():
        hint = _("choose one of the device's latest values")
        raise Rejection("metric", "metric_unknown", _("is none that the device reported"), hint)
    return series(device, metric, span.begin, span.end, span.points)


def columns(made: Series) -> list[list[Any]]:
    """Return seconds since 1970, means, lows, highs and counts, each as one list."""
    names = ("mean", "low", "high", "count")
    times = [point.at.timestamp() for point in made.points]
    return [times, *([getattr(point, name) for point in made.points] for name in names)]


def lines(made: Series, timezone: str) -> Iterator[tuple[object, ...]]:
    """Yield a line of a table for each point, its time on the site's clock."""
    for point in made.points:
        at = clock.local(point.at, timezone).isoformat()
        yield at, point.mean, point.low, point.high, point.count


def span_of(asked: dict[str, str]) -> Span:
    """Return the span that an address asks for; the last day where it says nothing.

    Raises:
        Rejection: naming what of it is wrong.
    """
    end = _instant(asked, "end") or clock.now()
    begin = _instant(asked, "begin") or end - USUAL_SPAN
    if begin >= end:
        raise Rejection(
            "end", "end_before_begin", _("is not after the beginning"), _("give a later end")
        )
    if end - begin > LONGEST_SPAN:
        raise Rejection(
            "begin", "range_too_long", _("is more than 20 years before the end"), _("ask for less")
        )
    return Span(begin, end, _points(asked))


def _instant(asked: dict[str, str], field: str) -> datetime | None:
    text = asked.get(field, "").strip()
    if not text:
        return None
    try:
        at = parse_datetime(text)
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):  # of the right form, and no such day
        pass
    hint = _("write it as 2026-03-01T08:00:00+08:00, with its offset")
    raise Rejection(field, "not_rfc3339", _("is no instant"), hint)


def _points(asked: dict[str, str]) -> int:
    text = asked.get("points", "")
    if not text:
        return POINTS
    points = whole_number(text)
    if points is None or not 2 <= points <= POINTS:
        hint = _("ask for 2 to %(most)s") % {"most": POINTS}
        raise Rejection("points", "not_an_integer", _("is no number of points"), hint)
    return points
