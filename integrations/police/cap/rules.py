"""Check an alert for what CAP 1.2 demands, beyond what its XML schema can express.

The schema is not part of the product, so the order of elements is checked here, too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from integrations.police.cap.document import NAMESPACE, ORDER, SIGNATURE
from integrations.police.cap.times import parse_time

_FORBIDDEN_IN_IDS = re.compile(r"[\s,<&]")
_SHA1, _SHA256 = re.compile(r"[0-9a-fA-F]{40}"), re.compile(r"[0-9a-fA-F]{64}")
_TIMES = ("effective", "onset", "expires")
_REFERRING = frozenset({"Update", "Cancel", "Ack", "Error"})
# What the infos of one alert have in common: they differ in language only.
_SHARED = ("category", "urgency", "severity", "certainty", "expires")
_TRIPLE = 3
_RING = 4  # points of the smallest closed polygon


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with an alert.

    Attributes:
        element: the name of the element.
        code: a stable identifier.
    """

    element: str
    code: str


class InvalidAlert(Exception):  # noqa: N818 - the name of what it is about
    """An alert breaks a rule; ``problems`` has them all."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(f"{each.element}: {each.code}" for each in problems))
        self.problems = problems


def problems(alert: Any) -> list[Problem]:
    """Return what is wrong with an alert; empty for a valid one.

    Args:
        alert: the root element.
    """
    if alert.tag != f"{{{NAMESPACE}}}alert":
        return [Problem("alert", "not_an_alert")]
    return sorted({each for rule in _RULES for each in rule(alert)})


def texts(parent: Any, name: str) -> list[str]:
    """Return the texts of a parent's elements of a name."""
    return [each.text or "" for each in parent.findall(f"{{{NAMESPACE}}}{name}")]


def text(parent: Any, name: str) -> str:
    """Return the text of a parent's first element of a name; empty without one."""
    return next(iter(texts(parent, name)), "")


def _order(parent: Any) -> Iterator[Problem]:
    """Check that elements stand in the schema's order, and the signatures after all of them."""
    name = etree.QName(parent).localname
    names, last = ORDER[name], -1
    for child in parent:
        if not isinstance(child.tag, str):
            continue  # a comment
        if name == "alert" and child.tag == SIGNATURE:
            last = len(names)
            continue
        local = etree.QName(child).localname
        if child.tag != f"{{{NAMESPACE}}}{local}" or local not in names:
            yield Problem(local, "unknown_element")
            continue
        if names.index(local) < last:
            yield Problem(local, "out_of_order")
        last = max(last, names.index(local))
        if local in ORDER:
            yield from _order(child)


def _identity(alert: Any) -> Iterator[Problem]:
    for name in ("identifier", "sender"):
        value = text(alert, name)
        if not value:
            yield Problem(name, "missing")
        elif _FORBIDDEN_IN_IDS.search(value):
            yield Problem(name, "forbidden_character")


def _scope(alert: Any) -> Iterator[Problem]:
    scope = text(alert, "scope")
    if scope == "Private" and not text(alert, "addresses").strip():
        yield Problem("addresses", "missing_for_private_scope")
    if scope == "Restricted" and not text(alert, "restriction").strip():
        yield Problem("restriction", "missing_for_restricted_scope")
    if scope != "Restricted" and text(alert, "restriction"):
        yield Problem("restriction", "scope_is_not_restricted")


def _references(alert: Any) -> Iterator[Problem]:
    found = text(alert, "references").split()
    if not found and text(alert, "msgType") in _REFERRING:
        yield Problem("references", "missing")
    own = text(alert, "sender"), text(alert, "identifier")
    for each in found:
        parts = each.split(",")
        if len(parts) != _TRIPLE or not all(parts) or _time(parts[2]) is None:
            yield Problem("references", "not_a_triple")
        elif (parts[0], parts[1]) == own:
            yield Problem("references", "refers_to_itself")
    if len(set(found)) < len(found):
        yield Problem("references", "repeated")


def _incidents(alert: Any) -> Iterator[Problem]:
    if text(alert, "incidents").count('"') % 2:
        yield Problem("incidents", "quote_not_closed")


def _times(alert: Any) -> Iterator[Problem]:
    sent = _time(text(alert, "sent"))
    if sent is None:
        yield Problem("sent", "not_a_time")
    for info in _infos(alert):
        for name in _TIMES:
            if any(_time(each) is None for each in texts(info, name)):
                yield Problem(name, "not_a_time")
        expires = _time(text(info, "expires"))
        if sent and expires and expires <= sent:
            yield Problem("expires", "not_after_sent")


def _infos_agree(alert: Any) -> Iterator[Problem]:
    infos = _infos(alert)
    if not infos and text(alert, "msgType") in ("Alert", "Update"):
        yield Problem("info", "missing")
    languages = [text(each, "language") or "en-US" for each in infos]
    if len(set(languages)) < len(languages):
        yield Problem("language", "repeated")
    for name in _SHARED:
        if len({tuple(texts(each, name)) for each in infos}) > 1:
            yield Problem(name, "differs_between_languages")


def _evidence(alert: Any) -> Iterator[Problem]:
    for info in _infos(alert):
        resources = info.findall(f"{{{NAMESPACE}}}resource")
        digests = [each for resource in resources for each in texts(resource, "digest")]
        if not all(map(_SHA1.fullmatch, digests)):
            yield Problem("digest", "not_sha1")
        named = [
            text(each, "value")
            for each in info.findall(f"{{{NAMESPACE}}}parameter")
            if text(each, "valueName") == "evidence_sha256"
        ]
        if not all(map(_SHA256.fullmatch, named)):
            yield Problem("parameter", "not_sha256")
        if len(named) < len(digests):
            yield Problem("parameter", "evidence_sha256_missing")


def _areas(alert: Any) -> Iterator[Problem]:
    for area in alert.iter(f"{{{NAMESPACE}}}area"):
        for circle in texts(area, "circle"):
            centre, _space, radius = circle.partition(" ")
            if not _is_position(centre) or not _is_number(radius, 0, 20_100):
                yield Problem("circle", "not_a_circle")
        for polygon in texts(area, "polygon"):
            points = polygon.split()
            if not all(map(_is_position, points)):
                yield Problem("polygon", "not_positions")
            elif len(points) < _RING or points[0] != points[-1]:
                yield Problem("polygon", "not_closed")


_RULES: tuple[Callable[[Any], Iterator[Problem]], ...] = (
    _order,
    _identity,
    _scope,
    _references,
    _incidents,
    _times,
    _infos_agree,
    _evidence,
    _areas,
)


def _infos(alert: Any) -> list[Any]:
    return list(alert.findall(f"{{{NAMESPACE}}}info"))


def _time(written: str) -> datetime | None:
    try:
        return parse_time(written)
    except ValueError:
        return None


def _is_position(pair: str) -> bool:
    latitude, _comma, longitude = pair.partition(",")
    return _is_number(latitude, -90, 90) and _is_number(longitude, -180, 180)


def _is_number(written: str, least: float, most: float) -> bool:
    try:
        return least <= float(written) <= most
    except ValueError:
        return False
