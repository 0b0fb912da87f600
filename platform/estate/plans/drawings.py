"""Convert a plan to the shapes that the editor draws in metres, and back.

A drawing is ``{"origin": [longitude, latitude], "shapes": [...]}``. A shape is a rectangle that
turns about its first corner, given by ``x``, ``y``, ``width``, ``depth`` and ``rotation``; any
other outline has ``rings`` of points in its own axes; a gate has only ``x`` and ``y``. A shape of
kind ``bay`` is a row of ``count`` equal bays, numbered upwards from ``code``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Rejection
from estate.plans.features import LONGEST_CODE, MAX_FEATURES, Feature
from gis import geojson
from gis.frames import LocalFrame
from gis.rectangles import Rectangle, fit, moved

MAX_COUNT = 500
MAX_METRES = 20_000.0
_TRAILING_NUMBER = re.compile(r"^(.*?)(\d+)$", re.DOTALL)
_TEXTS = ("kind", "code", "lot", "name", "capacity")

Shape = dict[str, Any]


def codes_from(code: str, count: int) -> list[str]:
    """Return so many codes, counting up the number at the end of the first one.

    Raises:
        Rejection: the first code has no number at its end, or a code becomes too long.
    """
    if count == 1:
        return [code]
    found = _TRAILING_NUMBER.match(code)
    if found is None:
        problem = _("bay %(code)s begins a row, but its code ends in no number") % {"code": code}
        raise Rejection("code", "no_number", problem, _("choose a first code such as A-01"))
    prefix, number = found.groups()
    codes = [f"{prefix}{int(number) + index:0{len(number)}d}" for index in range(count)]
    if len(codes[-1]) > LONGEST_CODE:
        problem = _("%(code)s is too long for a code") % {"code": codes[-1]}
        hint = _("use at most %(n)s characters") % {"n": LONGEST_CODE}
        raise Rejection("code", "too_long", problem, hint)
    return codes


def features_of(drawing: Any) -> list[Feature]:
    """Return the features of a drawing, still to be validated as a plan.

    Raises:
        Rejection: the drawing is malformed, or a number is out of range.
    """
    shapes = drawing.get("shapes") if isinstance(drawing, dict) else None
    if not isinstance(shapes, list) or len(shapes) > MAX_FEATURES:
        problem = _("a drawing has a list of at most %(most)s shapes") % {"most": MAX_FEATURES}
        raise Rejection("shapes", "malformed", problem, _("remove some shapes"))
    frame = _frame(drawing.get("origin"))
    return [feature for shape in shapes for feature in _features(shape, frame)]


def drawing_of(features: Iterable[Feature], frame: LocalFrame) -> dict[str, Any]:
    """Return the drawing of a plan; equal bays side by side, numbered upwards, become one row."""
    rows: list[list[Shape]] = []
    for feature in features:
        shape = _shape(feature, frame)
        if rows and _continues(rows[-1], shape):
            rows[-1].append(shape)
        else:
            rows.append([shape])
    shapes = [_rounded(shape) for row in rows for shape in _joined(row)]
    return {"origin": [frame.longitude, frame.latitude], "shapes": shapes}


def _frame(origin: Any) -> LocalFrame:
    if not isinstance(origin, list) or len(origin) != 2:
        raise Rejection(
            "origin", "malformed", _("the drawing has no origin"), _("enter its position")
        )
    return LocalFrame(
        _number(origin[0], "longitude", -180, 180), _number(origin[1], "latitude", -85, 85)
    )


def _features(shape: Any, frame: LocalFrame) -> Iterator[Feature]:
    if not isinstance(shape, dict):
        raise Rejection("shapes", "malformed", _("this is no shape"), _("draw it again"))
    properties = {name: shape[name] for name in _TEXTS if shape.get(name) not in (None, "")}
    x, y = (_number(shape.get(name), name, -MAX_METRES, MAX_METRES) for name in ("x", "y"))
    if shape.get("kind") == "gate":
        yield geojson.feature(geojson.point(*frame.to_degrees((x, y))), "", **properties)
        return
    rotation = _number(shape.get("rotation", 0), "rotation", -360, 360)
    if shape.get("rings") is not None:
        rings = _rings(shape["rings"])
        outlines = [[moved(point, x, y, rotation) for point in ring] for ring in rings]
        yield geojson.feature(_polygon(outlines, frame), "", **properties)
        return
    width, depth = (_number(shape.get(name), name, 0.1, MAX_METRES) for name in ("width", "depth"))
    first = Rectangle(x, y, width, depth, rotation)
    codes = codes_from(str(shape.get("code", "")), _count(shape))
    for code, rectangle in zip(codes, first.row(len(codes)), strict=True):
        outline = _polygon([rectangle.ring()], frame)
        yield geojson.feature(outline, "", **{**properties, "code": code})


def _count(shape: Shape) -> int:
    return int(_number(shape.get("count", 1), "count", 1, MAX_COUNT))


def _rings(value: Any) -> list[list[tuple[float, float]]]:
    try:
        return [
            [(_number(x, "x", -1e5, 1e5), _number(y, "y", -1e5, 1e5)) for x, y in ring]
            for ring in value
        ]
    except (TypeError, ValueError) as error:
        problem = _("the corners of a shape are malformed")
        raise Rejection("rings", "malformed", problem, _("draw it again")) from error


def _polygon(rings: list[list[tuple[float, float]]], frame: LocalFrame) -> Feature:
    closed = [[frame.to_degrees(point) for point in [*ring, *ring[:1]]] for ring in rings]
    return {"type": "Polygon", "coordinates": closed}


def _number(value: Any, field: str, least: float, most: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= most:
        problem = _("%(field)s: %(value)s is out of range") % {"field": field, "value": value}
        hint = _("enter %(least)s to %(most)s") % {"least": least, "most": most}
        raise Rejection(field, "out_of_range", problem, hint)
    return float(value)


def _shape(feature: Feature, frame: LocalFrame) -> Shape:
    """Return the shape of one feature."""
    properties = feature["properties"]
    shape = {name: properties[name] for name in _TEXTS if name in properties}
    if feature["geometry"]["type"] == "Point":
        x, y = frame.to_metres(feature["geometry"]["coordinates"])
        return {**shape, "x": x, "y": y}
    rings = [
        [frame.to_metres(each) for each in ring] for ring in feature["geometry"]["coordinates"]
    ]
    found = fit(rings[0]) if len(rings) == 1 else None
    if found is None:
        x, y = rings[0][0]
        own = [[[a - x, b - y] for a, b in ring[:-1]] for ring in rings]
        return {**shape, "x": x, "y": y, "rotation": 0.0, "rings": own}
    size = {"width": found.width, "depth": found.depth, "rotation": found.rotation}
    return {**shape, "x": found.x, "y": found.y, **size, "count": 1}


def _continues(row: list[Shape], bay: Shape) -> bool:
    """Return whether a bay is the next one of a row."""
    first, last = row[0], row[-1]
    return (
        all(shape["kind"] == "bay" and "width" in shape for shape in (last, bay))
        and len(row) < MAX_COUNT
        and last["lot"] == bay["lot"]
        and _TRAILING_NUMBER.match(first["code"]) is not None
        and codes_from(first["code"], len(row) + 1)[-1] == bay["code"]
        and _rectangle(last).neighbour(1).is_near(_rectangle(bay))
    )


def _joined(row: list[Shape]) -> list[Shape]:
    """Return a row as one shape, or its bays if they are not equal in size."""
    if len(row) == 1:
        return row
    first, last = _rectangle(row[0]), _rectangle(row[-1])
    # The whole row has a more precise width and direction than its first bay.
    corners = [first.point(0, 0), last.point(last.width, 0), last.point(last.width, last.depth)]
    whole = fit([*corners, first.point(0, first.depth)])
    if whole is None:
        return row
    bay = replace(whole, width=whole.width / len(row))
    if not all(bay.neighbour(at).is_near(_rectangle(each)) for at, each in enumerate(row)):
        return row
    size = {"width": bay.width, "depth": bay.depth, "rotation": bay.rotation}
    return [{**row[0], "x": bay.x, "y": bay.y, **size, "count": len(row)}]


def _rectangle(shape: Shape) -> Rectangle:
    return Rectangle(*(shape[name] for name in ("x", "y", "width", "depth", "rotation")))


def _rounded(shape: Shape) -> Shape:
    """Round to the millimetre and to a thousandth of a degree, as the editor's fields show it."""
    return {
        name: round(value, 3) + 0.0 if isinstance(value, float) else value
        for name, value in shape.items()
    }
