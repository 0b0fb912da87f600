"""Rejected messages without personal data, for readers who may not see plates, faces or photos.

What a rejected message holds is not known. So everything is masked but its shape: the names of its
fields, and values that concern the device alone, such as times and states.
"""

import json
import re
from typing import Any

from core import text_input
from devices import drivers, selectors
from devices.models import DeadLetter, Device

# Events of the drivers whose devices see people or their cars.
_PERSONAL_EVENTS = frozenset({"plate", "movement", "photo", "credential", "ask"})
# Parts of a field's name that point to a person.
_PERSONAL_NAME = re.compile(
    r"plate|licen|photo|pic|image|jpe?g|face|person|name|card|cert|phone|mobile|user|owner|gender"
    r"|birth|address|qr",
    re.IGNORECASE,
)
_LONGEST_PLAIN = 200  # characters; a longer text may be a photo
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}")
_WORD = re.compile(r"[a-z][a-z_]{0,24}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
# Fields of our own and of makers' protocols that concern the device alone.
_TECHNICAL = frozenset(
    (
        *("at", "battery", "clock", "cmd", "count", "error", "event", "heartbeat", "humidity"),
        *("interval", "kind", "level", "method", "occupied", "online", "rssi", "seq", "state"),
        *("status", "temperature", "time", "timestamp", "ts", "type", "unit", "v", "version"),
        "voltage",
    )
)


def may_be_personal(letter: DeadLetter) -> bool:
    """Return whether a rejected message may hold whose car, face or card it was.

    It doesn't only if its device is registered, its driver reads nothing of the kind, and its JSON
    has no field that looks like it.
    """
    device = selectors.sender_of(letter)
    if device is None or _sees_people(device):
        return True
    try:
        return _looks_personal(text_input.parse_json(text_input.decode(bytes(letter.payload))))
    except (ValueError, RecursionError):
        return True


def redact(payload: bytes) -> str:
    """Return the shape of a message as text, without personal data."""
    try:
        found = text_input.parse_json(text_input.decode(payload))
        return json.dumps(_masked("", found), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"[{len(payload)} bytes]"


def _sees_people(device: Device) -> bool:
    driver = drivers.DRIVERS.get(device.driver)
    return driver is None or bool(driver.MANIFEST.event_types & _PERSONAL_EVENTS)


def _looks_personal(value: Any, name: str = "") -> bool:
    if _PERSONAL_NAME.search(name):
        return True
    if isinstance(value, dict):
        return any(_looks_personal(each, str(key)) for key, each in value.items())
    if isinstance(value, list):
        return any(_looks_personal(each) for each in value)
    return isinstance(value, str) and len(value) > _LONGEST_PLAIN


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {_masked_name(key): _masked(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(name, each) for each in value]
    if value is None or isinstance(value, bool) or _is_technical(name, value):
        return value
    return f"[{len(value)} characters]" if isinstance(value, str) else "[number]"


def _masked_name(name: str) -> str:
    """Return a field's name, unless it may be a value, such as a plate with its time."""
    is_name = _FIELD.fullmatch(name) and not (name.isupper() and any(map(str.isdigit, name)))
    return name if is_name else f"[{len(name)} characters]"


def _is_technical(name: str, value: Any) -> bool:
    if name not in _TECHNICAL:
        return False
    return not isinstance(value, str) or bool(_WORD.fullmatch(value) or _TIME.fullmatch(value))
