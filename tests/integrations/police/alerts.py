"""Alerts for the tests of CAP, and the schema that they are checked against."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from lxml import etree

from integrations.police.cap.document import (
    Alert,
    Circle,
    Info,
    MessageType,
    Reference,
    Resource,
    Status,
    build,
)
from integrations.police.cap.rules import problems
from tests.specification import ABSENT, SHARED

SCHEMA = SHARED / "cap" / "CAP-v1.2.xsd"
NAMES = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}
SENT = datetime(2026, 7, 4, 8, 30, 15, 999_999, UTC)
PHOTO = Resource("Photo", "image/jpeg", 12_345, "0a" * 20, "1b" * 32, "https://example.com/p")
EARLIER = Reference("demo@gate.example", "msg_1.feed", "2026-07-04T08:00:00-00:00")


def info(**changed):
    values = {
        "language": "en-US",
        "categories": ("Rescue", "Security"),
        "event": "SOS",
        "urgency": "Immediate",
        "severity": "Extreme",
        "certainty": "Observed",
        "expires": SENT + timedelta(hours=24),
        "onset": SENT,
        "area": "North gate",
        "headline": "SOS at the north gate",
        "description": "A person pressed the emergency button.",
        "resources": (PHOTO,),
        "circle": Circle(31.2304, 121.4737, 0.05),
        "event_codes": (("GATEHOUSE", "sos"),),
    }
    return Info(**values | changed)


def alert(type_=MessageType.ALERT, **changed):
    values = {
        "identifier": "msg_2.feed",
        "sender": "demo@gate.example",
        "sent": SENT,
        "status": Status.ACTUAL,
        "type": type_,
        "address": "feed",
        "incidents": ("demo-1",),
        "references": () if type_ == MessageType.ALERT else (EARLIER,),
        "infos": (info(), replace(info(), language="zh-CN")),
    }
    return Alert(**values | changed)


@cache
def _schema():
    if not SCHEMA.exists():
        return None
    return etree.XMLSchema(etree.parse(SCHEMA))


def require_schema():
    """Skip a test where the schema of CAP is not beside the checkout."""
    if _schema() is None:
        pytest.skip(ABSENT)


def schema_errors(document):
    """Return what the schema rejects of a document; empty where the schema is absent."""
    schema = _schema()
    root = etree.fromstring(document) if isinstance(document, bytes) else document
    if schema is None or schema.validate(root):
        return []
    return [each.message for each in schema.error_log]


def codes(root):
    """Return what our own rules reject, as ``element code``."""
    return [f"{each.element} {each.code}" for each in problems(root)]


def element(root, path):
    """Return the first element at a path such as ``info/expires``."""
    return root.find("/".join(f"cap:{each}" for each in path.split("/")), NAMES)


def built(**changed):
    return build(alert(**changed))
