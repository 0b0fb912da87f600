"""What is wrong with the coordinates of a GeoJSON geometry."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import shapely

_MIN_POSITIONS = 4
_LONGITUDE, _LATITUDE = 180, 90


class Fault(StrEnum):
    """What makes a geometry unusable."""

    MALFORMED = "malformed"  # not lists of numbers in the depth that its type has
    OUT_OF_RANGE = "out_of_range"  # beyond ±180° of longitude or ±90° of latitude
    TOO_FEW = "too_few"  # fewer than three corners
    OPEN = "open"  # the last position of a ring is not its first
    CROSSING = "crossing"  # an outline crosses itself, or a hole leaves it
    NO_AREA = "no_area"  # all corners on one line


def fault_of_point(position: Any) -> Fault | None:
    """Return what is wrong with the coordinates of a Point."""
    if not _is_position(position):
        return Fault.MALFORMED
    return None if _is_in_range(position) else Fault.OUT_OF_RANGE


def fault_of_polygon(rings: Any) -> Fault | None:
    """Return what is wrong with the coordinates of a Polygon (RFC 7946, 3.1.6)."""
    if not isinstance(rings, list) or not rings:
        return Fault.MALFORMED
    for ring in rings:
        if fault := _fault_of_ring(ring):
            return fault
    shape = shapely.Polygon(_flat(rings[0]), [_flat(hole) for hole in rings[1:]])
    return None if shape.is_valid else Fault.CROSSING


def contains(ring: Sequence[Sequence[float]], position: Sequence[float]) -> bool:
    """Return whether a ring surrounds a position, or touches it."""
    return bool(shapely.Polygon(_flat(ring)).covers(shapely.Point(position[0], position[1])))


def _fault_of_ring(ring: Any) -> Fault | None:
    if not isinstance(ring, list) or not all(_is_position(each) for each in ring):
        return Fault.MALFORMED
    if not all(_is_in_range(each) for each in ring):
        return Fault.OUT_OF_RANGE
    if len(ring) < _MIN_POSITIONS:
        return Fault.TOO_FEW
    if ring[0] != ring[-1]:
        return Fault.OPEN
    # The area of the hull: an outline that crosses itself may have an area of 0, too.
    return Fault.NO_AREA if shapely.Polygon(_flat(ring)).convex_hull.area == 0 else None


def _is_position(value: Any) -> bool:
    """Return whether it is a position; one may have an altitude, which is not used."""
    return isinstance(value, list) and len(value) in (2, 3) and all(map(_is_number, value))


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1e6 and math.isfinite(value)


def _is_in_range(position: Sequence[float]) -> bool:
    return abs(position[0]) <= _LONGITUDE and abs(position[1]) <= _LATITUDE


def _flat(ring: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    return [(each[0], each[1]) for each in ring]
