"""Curves as small SVG drawings, for pages that show a few of them without a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 600, 120
_MARGIN = 6


@dataclass(frozen=True)
class Curve:
    """A drawn curve.

    Attributes:
        path: the points of a polyline.
        marker: where the moment stands, in units of the drawing's width; None outside of it.
        low, high: the smallest and the largest value.
        begin, end: of the span.
    """

    path: str
    marker: float | None
    low: float
    high: float
    begin: datetime
    end: datetime
    width: int = WIDTH
    height: int = HEIGHT


def draw(points: Sequence[tuple[datetime, float]], moment: datetime | None = None) -> Curve | None:
    """Draw values over time; None without any.

    Args:
        points: in the order of time.
        moment: marked in the drawing.
    """
    if not points:
        return None
    begin, end = points[0][0], points[-1][0]
    values = [value for _at, value in points]
    low, high = min(values), max(values)

    def x(at: datetime) -> float:
        span = (end - begin).total_seconds()
        share = (at - begin).total_seconds() / span if span else 0.5
        return round(_MARGIN + share * (WIDTH - 2 * _MARGIN), 1)

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)

    path = " ".join(f"{x(at)},{y(value)}" for at, value in points)
    is_inside = moment is not None and begin <= moment <= end
    marker = x(moment) if is_inside and moment is not None else None
    return Curve(path, marker, _short(low), _short(high), begin, end)


def _short(value: float) -> float:
    """Return a value with as many digits as a person compares."""
    return float(f"{value:.5g}")
