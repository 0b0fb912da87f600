"""Rectangles on a plane in metres, and rows of equal ones such as parking bays."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gis.frames import Point

# Deviation from a rectangle, or between neighbours of a row, that counts as rounding; metres.
TOLERANCE = 0.02
_CORNERS = 4


@dataclass(frozen=True)
class Rectangle:
    """A rectangle that turns about its first corner.

    Attributes:
        x, y: its first corner, in metres.
        width, depth: along its own axes, in metres.
        rotation: of its width from the x-axis, counter-clockwise, in degrees.
    """

    x: float
    y: float
    width: float
    depth: float
    rotation: float = 0.0

    def point(self, along: float, across: float) -> Point:
        """Return the point so far along the width and across it, from the first corner."""
        return moved((along, across), self.x, self.y, self.rotation)

    def ring(self) -> list[Point]:
        """Return the four corners counter-clockwise, the first one first."""
        right, top = self.width, self.depth
        return [self.point(*each) for each in ((0, 0), (right, 0), (right, top), (0, top))]

    def row(self, count: int) -> list["Rectangle"]:
        """Return so many equal rectangles side by side along the width, this one first."""
        return [self.neighbour(index) for index in range(count)]

    def neighbour(self, index: int) -> "Rectangle":
        """Return the rectangle at that place of the row that this one begins."""
        x, y = self.point(index * self.width, 0)
        return replace(self, x=x, y=y)

    def is_near(self, other: "Rectangle") -> bool:
        """Return whether each corner is within the tolerance of the other's."""
        pairs = zip(self.ring(), other.ring(), strict=True)
        return all(math.dist(mine, its) <= TOLERANCE for mine, its in pairs)


def moved(point: Sequence[float], x: float, y: float, rotation: float = 0.0) -> Point:
    """Return a point turned about the origin counter-clockwise, then moved by x and y."""
    turn = math.radians(rotation)
    cos, sin = math.cos(turn), math.sin(turn)
    return x + point[0] * cos - point[1] * sin, y + point[0] * sin + point[1] * cos


def fit(ring: Sequence[Point]) -> Rectangle | None:
    """Return the rectangle that a ring outlines, with the ring's first corner; None if none does.

    Args:
        ring: the corners in metres; the first may be repeated at the end.
    """
    corners = list(ring[:-1] if len(ring) > 1 and math.dist(ring[0], ring[-1]) == 0 else ring)
    if len(corners) != _CORNERS:
        return None
    if _cross(*corners[:3]) < 0:  # clockwise
        corners = [corners[0], *corners[:0:-1]]
    first, second, third, _fourth = corners
    width, depth = math.dist(first, second), math.dist(second, third)
    # The longer side has the more precise direction.
    rotation = _direction(first, second) if width >= depth else _direction(second, third) - 90
    found = Rectangle(*first, width, depth, (rotation + 180) % 360 - 180)
    near = zip(found.ring(), corners, strict=True)
    return found if all(math.dist(mine, its) <= TOLERANCE for mine, its in near) else None


def _direction(start: Point, end: Point) -> float:
    return math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))


def _cross(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
