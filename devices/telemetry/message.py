"""What a telemetry message says: ``gh/v1/{site}/{device}/up/telemetry``.

Payload: ``{"v": 1, "id": …, "at": RFC 3339 with offset, "m": {metric: number, …}}``, UTF-8.
Pure: no database, no clock; the same bytes give the same answer for ever.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import Refusal

LARGEST_BYTES = 256 * 1024
MOST_METRICS = 100
LONGEST_ID = 120
FUTURE_TOLERANCE = timedelta(minutes=5)
# No instrument reports more, and PostgreSQL's mean of larger numbers overflows.
LARGEST_NUMBER = 1e100

_TOPIC = re.compile(r"gh/v1/([^/]+)/([^/]+)/up/telemetry")
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_METRIC = re.compile(r"[a-z0-9_.]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Report:
    """One understood message.

    Attributes:
        site: the site's slug, as the topic says it.
        device: the device's code, as the topic says it.
        at: the device's own time (aware UTC).
        received_at: our clock when the message arrived (aware UTC).
        values: each metric's number.
    """

    site: str
    device: str
    at: datetime
    received_at: datetime
    values: dict[str, float]


def read(topic: str, payload: bytes, received_at: datetime, keep: timedelta) -> Report:
    """Read one message; ``keep`` is how long measurements are kept: what is older is refused.

    Raises:
        Refusal: naming the first thing that is wrong with it.
    """
    place = _TOPIC.fullmatch(topic)
    if place is None:
        raise Refusal(
            "topic", "is no telemetry topic", "publish to gh/v1/{site}/{device}/up/telemetry"
        )
    said = _object(payload)
    _check_envelope(said)
    at = _instant(said.get("at"))
    _check_age(at, received_at, keep)
    return Report(place[1], place[2], at, received_at, _values(said.get("m")))


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > LARGEST_BYTES:
        raise Refusal(
            "payload",
            f"has {len(payload)} bytes, and {LARGEST_BYTES} is the most",
            "send fewer metrics in one message",
        )
    try:
        said = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise Refusal("payload", f"is no JSON in UTF-8 ({error})", "send a JSON object") from error
    if not isinstance(said, dict):
        raise Refusal("payload", "is JSON but no object", 'send {"v":1,"id":…,"at":…,"m":{…}}')
    return said


def _check_envelope(said: dict[str, Any]) -> None:
    if said.get("v") != 1 or isinstance(said["v"], bool):
        raise Refusal("v", f"is {_shown(said.get('v'))}, not 1", "send version 1 of the protocol")
    key = said.get("id")
    if not (type(key) is int or (isinstance(key, str) and 0 < len(key) <= LONGEST_ID)):
        raise Refusal(
            "id",
            f"is {_shown(key)}",
            f"send a text of 1 to {LONGEST_ID} characters, unique for the device",
        )


def _instant(text: object) -> datetime:
    try:
        if isinstance(text, str) and _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refusal(
        "at", f"is {_shown(text)}", "send RFC 3339 with an offset, such as 2026-03-01T08:00:00Z"
    )


def _check_age(at: datetime, received_at: datetime, keep: timedelta) -> None:
    if at > received_at + FUTURE_TOLERANCE:
        problem = f"{at.isoformat()} is in the future: it arrived at {received_at.isoformat()}"
    elif at < received_at - keep:
        problem = f"{at.isoformat()} is older than the {keep.days} days that are kept"
    else:
        return
    raise Refusal("at", problem, "set the device's clock")


def _values(said: object) -> dict[str, float]:
    if not isinstance(said, dict) or not 0 < len(said) <= MOST_METRICS:
        raise Refusal(
            "m",
            f"is {_shown(said)}" if not isinstance(said, dict) else f"has {len(said)} metrics",
            f"send an object of 1 to {MOST_METRICS} metrics",
        )
    return {_name(name): _number(name, value) for name, value in said.items()}


def _name(name: str) -> str:
    if _METRIC.fullmatch(name):
        return name
    raise Refusal(
        f"m.{name}", "is no name of a metric", "take 1 to 60 of a-z, 0-9, underscore and dot"
    )


def _number(name: str, value: Any) -> float:
    # False for NaN and the infinities; true and false are ints to Python, but not to a device.
    if type(value) in (float, int) and -LARGEST_NUMBER < value < LARGEST_NUMBER:
        return float(value)
    raise Refusal(
        f"m.{name}",
        f"is {_shown(value)}",
        f"send a number between -{LARGEST_NUMBER:g} and {LARGEST_NUMBER:g}, or leave it out",
    )


def _shown(value: object) -> str:
    """The value as the sender may recognise it: short, whatever it was."""
    if value is None:
        return "absent or null"
    text = repr(value) if not isinstance(value, dict | list) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
