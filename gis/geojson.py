"""Write GeoJSON (RFC 7946): features, collections, oriented rings and bounds.

Positions are ``[longitude, latitude]`` in WGS-84 degrees throughout.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import fsum
from typing import Any

Position = Sequence[float]
Ring = Sequence[Position]
Bounds = tuple[float, float, float, float]

_MIN_CORNERS = 3


def point(longitude: float, latitude: float) -> dict[str, Any]:
    """Return a Point geometry."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def polygon(rings: Sequence[Ring]) -> dict[str, Any] | None:
    """Return a Polygon geometry of an exterior ring and holes.

    The input rings may be open or closed, in either orientation. The output rings are closed; the
    exterior is counter-clockwise, the holes clockwise (RFC 7946, 3.1.6).

    Returns:
        The geometry; None if the exterior has fewer than three corners, as where no outline has
        been drawn yet.
    """
    usable = [closed(ring) for ring in rings if len(_corners(ring)) >= _MIN_CORNERS]
    if not usable or len(_corners(rings[0])) < _MIN_CORNERS:
        return None
    exterior, *holes = usable
    coordinates = [oriented(exterior, counter_clockwise=True)]
    coordinates += [oriented(hole, counter_clockwise=False) for hole in holes]
    return {"type": "Polygon", "coordinates": coordinates}


def closed(ring: Ring) -> list[list[float]]:
    """Return the ring with its first position repeated at the end."""
    corners = _corners(ring)
    return [*corners, corners[0]] if corners else []


def oriented(ring: Ring, *, counter_clockwise: bool) -> list[list[float]]:
    """Return the closed ring in the given orientation."""
    positions = closed(ring)
    area = signed_area(positions)
    # A ring without an area has no orientation and stays as it is.
    if (area < 0) if counter_clockwise else (area > 0):
        positions.reverse()
    return positions


def signed_area(ring: Ring) -> float:
    """Return the ring's area in square degrees, positive if it is counter-clockwise.

    It is calculated relative to the first corner, which preserves precision for small shapes far
    from the origin. The reversed ring has exactly the opposite area.
    """
    corners = closed(ring)
    if not corners:
        return 0.0
    x0, y0 = corners[0]
    shifted = [(x - x0, y - y0) for x, y in corners]
    return fsum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(shifted)) / 2


def feature(geometry: dict[str, Any] | None, id: str | int, **properties: Any) -> dict[str, Any]:
    """Return a Feature of that geometry and those properties."""
    return {"type": "Feature", "id": id, "geometry": geometry, "properties": properties}


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a FeatureCollection of the features that have a place, with its bounding box."""
    placed = [each for each in features if each["geometry"] is not None]
    made: dict[str, Any] = {"type": "FeatureCollection", "features": placed}
    box = bounds(each["geometry"] for each in placed)
    if box:
        made["bbox"] = list(box)
    return made


def bounds(geometries: Iterable[dict[str, Any]]) -> Bounds | None:
    """Return west, south, east, north of points and polygons; None where there are none."""
    positions = [place for geometry in geometries for place in _positions(geometry)]
    if not positions:
        return None
    longitudes, latitudes = zip(*positions, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _corners(ring: Ring) -> list[list[float]]:
    corners = [[float(x), float(y)] for x, y in ring]
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return corners


def _positions(geometry: dict[str, Any]) -> list[tuple[float, float]]:
    if geometry["type"] == "Point":
        longitude, latitude = geometry["coordinates"]
        return [(longitude, latitude)]
    return [(x, y) for x, y in geometry["coordinates"][0]]
