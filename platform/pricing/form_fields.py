"""A tariff/1 document as the flat fields of a form, and back.

The fields hold what most tariffs need. `lost_in_fields` names what they would lose of a document,
so that a document they cannot hold is never edited with them.
"""

from collections.abc import Mapping
from typing import Any

from pricing.document import read_document
from pricing.tariff import CLASS_NAMES

Fields = dict[str, Any]

_OPTIONS = {
    "ladder_reset": "none",
    "ladder_scope": "segment",
    "unit_at_boundary": "cut",
    "uncovered": "error",
    "min_charge": 0,
    "exit_grace_minutes": 0,
    "free_after_pass": False,
}
_TITLES = {"title_en": "en", "title_zh": "zh-hans"}


def fields_of(raw: Mapping[str, Any]) -> Fields:
    """Return the fields of a document; what they cannot hold is left out.

    Raises:
        TariffError: the shape of the document is invalid.
    """
    document = _normal(raw)
    free = document.get("free", {})
    overrides = document.get("calendar", {}).get("overrides", {})
    return {
        "code": document["id"],
        "currency": document["currency"],
        "timezone": document["timezone"],
        "free_minutes": free.get("minutes"),
        "free_kind": free.get("kind", "threshold"),
        "free_inclusive": free.get("inclusive", True),
        "free_repeat": free.get("repeat", "stay"),
        **{name: document[name] for name in _OPTIONS},
        "elements": [_element_fields(each) for each in document["elements"]],
        "caps": [
            {"window": cap["window"], "element": cap.get("element", ""), "amounts": cap["amounts"]}
            for cap in document["caps"]
        ],
        "days": [{"date": day, "day_class": name} for day, name in overrides.items()],
    }


def document_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that the fields describe, not yet validated; defaults are left out."""
    document: dict[str, Any] = {
        "schema": "tariff/1",
        "id": fields["code"],
        "version": 1,
        "currency": fields["currency"],
        "timezone": fields["timezone"],
    }
    if fields["free_minutes"] is not None:
        names = ("minutes", "kind", "inclusive", "repeat")
        document["free"] = {name: fields[f"free_{name}"] for name in names}
    document["elements"] = [_element(each) for each in fields["elements"]]
    document |= {
        name: fields[name] for name, default in _OPTIONS.items() if fields[name] != default
    }
    if fields["caps"]:
        document["caps"] = [_filled(cap) for cap in fields["caps"]]
    if fields["days"]:
        days = {day["date"]: day["day_class"] for day in fields["days"]}
        document["calendar"] = {"overrides": days}
    return document


def lost_in_fields(raw: Mapping[str, Any]) -> str | None:
    """Return the path of the first part of a document that the fields cannot hold, if any.

    Raises:
        TariffError: the shape of the document is invalid.
    """
    return first_difference(raw, document_of(fields_of(raw)))


def first_difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    """Return the path of the first part in which two documents differ in their meaning, if any."""
    return _difference(_normal(one), _normal(other))


def same_meaning(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two documents differ only in how they are written, or in their version."""
    return _normal(one) == _normal(other)


def _normal(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its defaults, and one way of writing where there are several."""
    document = read_document(raw).model_dump(by_alias=True, exclude_none=True)
    document["version"] = 1
    for element in document["elements"]:
        _normalise_when(element)
        for step in element["steps"]:
            _normalise_step(step)
    return document


def _normalise_when(element: dict[str, Any]) -> None:
    when = element.pop("when", {})
    if "time" in when and when["time"][1] == "00:00":
        when["time"][1] = "24:00"
    if "day_class" in when:
        when["day_class"] = [name for name in CLASS_NAMES if name in when["day_class"]]
    if "vehicle" in when:
        when["vehicle"] = sorted(set(when["vehicle"]))
    if when:
        element["when"] = when


def _normalise_step(step: dict[str, Any]) -> None:
    if step.get("round") == "up":
        del step["round"]
    if "per" in step and step["per"] == step.get("unit"):
        del step["per"]


def _element_fields(element: Mapping[str, Any]) -> Fields:
    when, titles = element.get("when", {}), element.get("title", {})
    time = when.get("time", ["", ""])
    return {
        "id": element["id"],
        **{name: titles.get(language, "") for name, language in _TITLES.items()},
        "time_from": time[0],
        "time_to": "00:00" if time[1] == "24:00" else time[1],
        "day_class": when.get("day_class", []),
        "vehicle": when.get("vehicle", []),
        "steps": [_step_fields(step) for step in element["steps"]],
    }


def _step_fields(step: Mapping[str, Any]) -> Fields:
    return {
        "upto": step.get("upto"),
        "price": step.get("price", step.get("flat")),
        "unit": step.get("unit"),
        "per": step.get("per"),
        "round": step.get("round", "up"),
    }


def _element(fields: Mapping[str, Any]) -> dict[str, Any]:
    titles = {language: fields[name] for name, language in _TITLES.items() if fields[name]}
    when: dict[str, Any] = {}
    if fields["time_from"] or fields["time_to"]:
        end = "24:00" if fields["time_to"] == "00:00" else fields["time_to"]
        when["time"] = [fields["time_from"], end]
    when |= {name: fields[name] for name in ("day_class", "vehicle") if fields[name]}
    element = {"id": fields["id"], "title": titles, "when": when}
    return {**_filled(element), "steps": [_step(step) for step in fields["steps"]]}


def _step(fields: Mapping[str, Any]) -> dict[str, Any]:
    upto = {} if fields["upto"] is None else {"upto": fields["upto"]}
    if fields["unit"] is None:
        return {**upto, "flat": fields["price"]}
    step = {**upto, "unit": fields["unit"], "price": fields["price"]}
    if fields["per"] is not None:
        step["per"] = fields["per"]
    return step | ({"round": "down"} if fields["round"] == "down" else {})


def _filled(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value}


def _difference(before: Any, after: Any, path: str = "") -> str | None:
    """Return the path of the first difference between two JSON values."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = {**before, **after}
        pairs = [(f"{path}.{name}", before.get(name), after.get(name)) for name in names]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        both = zip(before, after, strict=True)
        pairs = [(f"{path}[{number}]", *pair) for number, pair in enumerate(both)]
    elif isinstance(before, dict) and after is None:
        return _difference(before, {}, path)
    else:
        return None if before == after else path.lstrip(".")
    found = (_difference(one, other, at) for at, one, other in pairs)
    return next((path for path in found if path), None)
