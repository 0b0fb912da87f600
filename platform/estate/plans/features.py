"""Validate the features of a plan: GeoJSON (RFC 7946) in WGS-84, with a kind and a code each.

Properties of a feature: ``kind`` is ``building``, ``lot``, ``bay``, ``road``, ``area`` or ``gate``;
``code`` names the place; a bay has the code of its ``lot``; all but bays may have a ``name``, lots
a ``capacity``. A gate is a Point, everything else a Polygon.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.text_lists import joined
from gis import geojson
from gis.validity import Fault, fault_of_point, fault_of_polygon

KINDS = ("building", "lot", "bay", "road", "area", "gate")
MAX_FEATURES = 5000
LARGEST_BYTES = 5_000_000
LONGEST_CODE, LONGEST_NAME, MOST_CARS = 20, 80, 100_000
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_WGS_84 = ("CRS84", "EPSG::4326", "EPSG:4326")

Feature = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(eq=False)
class RejectedPlan(Rejection):
    """All that is wrong with a plan; message and hint are those of the first."""

    rejections: tuple[Rejection, ...] = ()


def key_of(feature: Feature) -> Key:
    """Return what identifies a feature in its plan: its kind, its lot if it is a bay, its code."""
    properties = feature["properties"]
    return properties["kind"], properties.get("lot", ""), properties["code"]


def label_of(kind: str, code: str) -> str:
    """Return what a feature is called in a message, such as "bay A-01"."""
    texts = {
        "building": _("building %(code)s"),
        "lot": _("car park %(code)s"),
        "bay": _("bay %(code)s"),
        "road": _("road %(code)s"),
        "area": _("area %(code)s"),
        "gate": _("gate %(code)s"),
    }
    return texts[kind] % {"code": code}


def read_file(content: bytes) -> list[Feature]:
    """Return the features of a GeoJSON file.

    Raises:
        Rejection: the file is too large or no GeoJSON; RejectedPlan for what its features lack.
    """
    if len(content) > LARGEST_BYTES:
        most = {"most": LARGEST_BYTES // 1_000_000}
        hint = _("leave out what a plan does not need, or split the file")
        raise _file_rejection("too_large", _("the file is larger than %(most)s MB") % most, hint)
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        hint = _("export it as GeoJSON in UTF-8")
        raise _file_rejection("not_json", _("this file is not JSON"), hint) from error
    return validated(_collection(data))


def validated(features: list[Any]) -> list[Feature]:
    """Return features in the form in which plans store them, each code once.

    Raises:
        RejectedPlan: with a rejection for each faulty feature.
    """
    if len(features) > MAX_FEATURES:
        problem = _("%(count)s features are too many for a plan") % {"count": len(features)}
        hint = _("use at most %(most)s") % {"most": MAX_FEATURES}
        raise Rejection("features", "too_many", problem, hint)
    accepted: dict[Key, Feature] = {}
    rejections = []
    for number, data in enumerate(features, start=1):
        try:
            feature = _feature(data, number)
            _require_new(feature, accepted, number)
        except Rejection as rejection:
            rejections.append(rejection)
        else:
            accepted[key_of(feature)] = feature
    if rejections:
        raise rejected(rejections)
    return list(accepted.values())


def rejected(rejections: list[Rejection]) -> RejectedPlan:
    """Return the rejection of a plan for several reasons."""
    first = rejections[0]
    return RejectedPlan(
        first.field, first.code, first.message, first.hint, rejections=tuple(rejections)
    )


def _collection(data: Any) -> list[Any]:
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        hint = _("export the plan as a FeatureCollection")
        raise _file_rejection("not_a_collection", _("this is no GeoJSON of features"), hint)
    reference = json.dumps(data.get("crs"))
    if data.get("crs") is not None and not any(name in reference for name in _WGS_84):
        hint = _("convert it to WGS-84 (EPSG:4326)")
        raise _file_rejection("wrong_crs", _("its coordinates are not in WGS-84"), hint)
    features = data.get("features")
    if not isinstance(features, list) or not features:
        hint = _("export at least one building, car park, bay, road, area or gate")
        raise _file_rejection("no_features", _("this file has no features"), hint)
    return features


def _file_rejection(code: str, problem: str, hint: str) -> Rejection:
    return Rejection("file", code, problem, hint)


def _feature(data: Any, number: int) -> Feature:
    """Return one feature in the stored form."""
    properties = data.get("properties") if isinstance(data, dict) else None
    if not isinstance(properties, dict) or data.get("type") != "Feature":
        hint = _("give it a geometry and properties")
        raise _rejection(number, "", "not_a_feature", _("this is no feature"), hint)
    kind = properties.get("kind")
    if kind not in KINDS:
        hint = _("set kind to one of: %(kinds)s") % {"kinds": joined(KINDS)}
        raise _rejection(number, "", "unknown_kind", _("its kind is unknown"), hint)
    stored = {"kind": kind, **dict(_properties(kind, properties, number))}
    label = label_of(kind, stored["code"])
    geometry = _geometry(kind, data.get("geometry"), number, label)
    return geojson.feature(geometry, f"{kind}:{stored.get('lot', '')}:{stored['code']}", **stored)


def _properties(kind: str, properties: Feature, number: int) -> Iterator[tuple[str, Any]]:
    """Yield the properties that plans store."""
    code = _text(properties.get("code"), LONGEST_CODE)
    if not code or (kind in ("lot", "gate") and not _SLUG.fullmatch(code)):
        hint = _("give it a code of at most %(n)s letters, digits and hyphens")
        problem = _("it has no valid code")
        raise _rejection(number, "", "invalid_code", problem, hint % {"n": LONGEST_CODE})
    label = label_of(kind, code)
    yield "code", code
    if kind == "bay":
        lot = _text(properties.get("lot"), LONGEST_CODE)
        if not lot:
            hint = _("set lot to the code of its car park")
            raise _rejection(number, label, "no_lot", _("it names no car park"), hint)
        yield "lot", lot
    name = _text(properties.get("name"), LONGEST_NAME)
    if name and kind != "bay":
        yield "name", name
    capacity = properties.get("capacity")
    if kind == "lot" and capacity is not None:
        yield "capacity", _capacity(capacity, number, label)


def _capacity(value: Any, number: int, label: str) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= value <= MOST_CARS:
        hint = _("enter %(least)s to %(most)s") % {"least": 0, "most": MOST_CARS}
        raise _rejection(number, label, "invalid_capacity", _("its capacity is not valid"), hint)
    return int(value)


def _text(value: Any, longest: int) -> str:
    """Return a text or a whole number as text; empty if it is unusable."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**longest:
        value = str(value)
    text = value.strip() if isinstance(value, str) else ""
    return text if text.isprintable() and len(text) <= longest else ""


def _geometry(kind: str, geometry: Any, number: int, label: str) -> Feature | None:
    wanted = "Point" if kind == "gate" else "Polygon"
    if not isinstance(geometry, dict) or geometry.get("type") != wanted:
        hint = _("draw it as one %(type)s") % {"type": wanted}
        problem = _("its geometry has the wrong type")
        raise _rejection(number, label, "wrong_geometry", problem, hint)
    coordinates: Any = geometry.get("coordinates")
    fault = (fault_of_point if kind == "gate" else fault_of_polygon)(coordinates)
    if fault:
        problem, hint = _faults()[fault]
        raise _rejection(number, label, str(fault), problem, hint)
    if kind == "gate":
        return geojson.point(coordinates[0], coordinates[1])
    flat = [[position[:2] for position in ring] for ring in coordinates]
    return geojson.polygon(flat)


def _faults() -> dict[Fault, tuple[str, str]]:
    """Return what each fault of a geometry is, and how it is corrected."""
    return {
        Fault.MALFORMED: (
            _("its coordinates are not numbers in the order of GeoJSON"),
            _("write each position as [longitude, latitude]"),
        ),
        Fault.OUT_OF_RANGE: (
            _("a position is outside ±180° of longitude and ±90° of latitude"),
            _("write the longitude first, in degrees of WGS-84"),
        ),
        Fault.TOO_FEW: (_("its outline has too few corners"), _("draw at least three corners")),
        Fault.OPEN: (_("its outline is not closed"), _("repeat the first position at the end")),
        Fault.CROSSING: (
            _("its outline crosses itself"),
            _("move the corners so that its edges do not cross"),
        ),
        Fault.NO_AREA: (_("its outline has no area"), _("draw corners that are not on one line")),
    }


def _require_new(feature: Feature, accepted: dict[Key, Feature], number: int) -> None:
    key = key_of(feature)
    if key in accepted:
        label = label_of(key[0], key[2])
        problem = _("another feature has this code")
        raise _rejection(number, label, "duplicate", problem, _("give each of them its own code"))


def _rejection(number: int, label: str, code: str, problem: str, hint: str) -> Rejection:
    place = _("feature %(number)s") % {"number": number}
    if label:
        place = _("feature %(number)s (%(label)s)") % {"number": number, "label": label}
    message = _("%(place)s: %(problem)s") % {"place": place, "problem": problem}
    return Rejection(f"features[{number - 1}]", code, message, hint, params={"label": label})
