"""The index of a feed's alerts: Atom (RFC 4287) with elements of CAP."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree

from integrations.police.cap.document import MEDIA_TYPE, NAMESPACE
from integrations.police.cap.rules import text

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE = "application/atom+xml"
_OF_ALERT = ("status", "msgType")
_OF_INFO = ("category", "event", "urgency", "severity", "certainty", "effective", "expires")
_OF_AREA = ("areaDesc", "polygon", "circle", "geocode")


@dataclass(frozen=True)
class Entry:
    """An alert of the index.

    Attributes:
        address: where it can be fetched.
        alert: its root element.
    """

    address: str
    alert: Any


def index(title: str, author: str, address: str, updated: str, entries: Sequence[Entry]) -> bytes:
    """Return the index.

    Args:
        address: its own.
        updated: when it last changed, as CAP and Atom write times.
    """
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM, "cap": NAMESPACE})
    _head(root, address, updated, author, title)
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", type=ATOM_TYPE, href=address)
    for entry in entries:
        _append(root, entry, author)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _append(root: Any, entry: Entry, author: str) -> None:
    info = entry.alert.find(f"{{{NAMESPACE}}}info")
    node = etree.SubElement(root, f"{{{ATOM}}}entry")
    sent = text(entry.alert, "sent")
    _head(node, entry.address, sent, author, text(info, "headline") or text(info, "event"))
    _add(node, "published", sent)
    etree.SubElement(node, f"{{{ATOM}}}link", rel="alternate", type=MEDIA_TYPE, href=entry.address)
    _add(node, "summary", text(info, "description"))
    _copy(node, entry.alert, _OF_ALERT)
    _copy(node, info, _OF_INFO)
    for area in info.findall(f"{{{NAMESPACE}}}area"):
        _copy(node, area, _OF_AREA)
    _copy(node, info, ("parameter",))


def _head(node: Any, address: str, updated: str, author: str, title: str) -> None:
    _add(node, "id", address)
    _add(node, "title", title)
    _add(node, "updated", updated)
    _add(etree.SubElement(node, f"{{{ATOM}}}author"), "name", author)


def _add(node: Any, name: str, value: str) -> None:
    etree.SubElement(node, f"{{{ATOM}}}{name}").text = value


def _copy(node: Any, source: Any, names: Sequence[str]) -> None:
    for name in names:
        for found in source.findall(f"{{{NAMESPACE}}}{name}"):
            node.append(deepcopy(found))
