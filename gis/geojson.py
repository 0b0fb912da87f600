"""GeoJSON out (RFC 7946): features, collections, rings wound the right way, bounds.

Positions are ``[longitude, latitude]`` in WGS-84 degrees throughout.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import fsum
from typing import Any

Position = Sequence[float]
Ring = Sequence[Position]
Bounds = tuple[float, float, float, float]

_SHORTEST_RING = 3


def point(longitude: float, latitude: float) -> dict[str, Any]:
    """Return a Point geometry."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def polygon(rings: Sequence[Ring]) -> dict[str, Any] | None:
    """Return a Polygon: the first ring is its outside, each further one a hole.

    Rings may come open or closed and wound either way; they leave closed, the outside
    counter-clockwise and the holes clockwise (RFC 7946, 3.1.6).

    Returns:
        The geometry; None where the outside has fewer than three corners, as of something that
        nobody has drawn yet.
    """
    drawn = [closed(ring) for ring in rings if len(_corners(ring)) >= _SHORTEST_RING]
    if not drawn or len(_corners(rings[0])) < _SHORTEST_RING:
        return None
    outside, *holes = drawn
    turned = [oriented(outside, counter_clockwise=True)]
    turned += [oriented(hole, counter_clockwise=False) for hole in holes]
    return {"type": "Polygon", "coordinates": turned}


def closed(ring: Ring) -> list[list[float]]:
    """Return the ring with its first position repeated at its end."""
    corners = _corners(ring)
    return [*corners, corners[0]] if corners else []


def oriented(ring: Ring, *, counter_clockwise: bool) -> list[list[float]]:
    """Return the closed ring wound as asked."""
    positions = closed(ring)
    area = signed_area(positions)
    # A ring without an area is wound either way, so it is left as it is.
    if (area < 0) if counter_clockwise else (area > 0):
        positions.reverse()
    return positions


def signed_area(ring: Ring) -> float:
    """Return the ring's area in square degrees, above zero where it runs counter-clockwise.

    Reckoned from the ring's first corner, so that small shapes far from the origin keep their
    digits; the same ring turned round has exactly the opposite area.
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
