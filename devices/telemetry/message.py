"""What a telemetry message says: ``gh/v1/{site}/{device}/up/telemetry``.

Payload: ``{"v": 1, "id": …, "at": RFC 3339 with offset, "m": {metric: number, …}}``, UTF-8.
No database, no clock; the same bytes give the same answer for ever.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from core.errors import Rejection
from devices.drivers.contract import Sender
from devices.drivers.parsing import Fields, check_not_ahead, json_object

CHANNEL = "telemetry"
TOPIC = f"gh/v1/+/+/up/{CHANNEL}"
# What the backend tells itself between the telemetry (`devices.telemetry.standby_session`).
MARKS = "gatehouse/telemetry/mark"
LARGEST_BYTES = 256 * 1024
MOST_METRICS = 100
LONGEST_ID = 100
# No instrument reports more, and PostgreSQL's mean of larger numbers overflows.
LARGEST_NUMBER = 1e100

_METRIC = re.compile(r"[a-z0-9_.]{1,60}", re.ASCII)
# The instants that devices write; the few other forms of RFC 3339 are read slowly.
_USUAL_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_MOST_NAMES = 10_000
_right_names: set[str] = set()


class _Usual(msgspec.Struct):
    """A message as nearly all of them are; whatever does not fit is read slowly."""

    v: Literal[1]
    id: int | Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
    at: str
    m: Annotated[
        dict[str, Annotated[float, msgspec.Meta(gt=-LARGEST_NUMBER, lt=LARGEST_NUMBER)]],
        msgspec.Meta(min_length=1, max_length=MOST_METRICS),
    ]


_decode = msgspec.json.Decoder(_Usual).decode


@dataclass(frozen=True, slots=True)
class Report:
    """What one message says.

    Attributes:
        at: the device's own time (aware UTC).
        values: each metric's number.
    """

    at: datetime
    values: dict[str, float]


def is_telemetry(topic: str) -> bool:
    """Whether what comes on the topic is telemetry."""
    return topic.startswith("gh/v1/") and topic.endswith(f"/up/{CHANNEL}")


def sender_of(topic: str) -> Sender:
    """Return who sends on the topic.

    Raises:
        Rejection: it is no topic of telemetry.
    """
    match topic.split("/"):
        case ["gh", "v1", site, device, "up", channel] if channel == CHANNEL:
            return Sender(name=device, channel=channel, site=site)
    raise Rejection(
        "topic", "topic_unknown", "is no telemetry topic", f"publish to {TOPIC.replace('+', '…')}"
    )


def read(payload: bytes, received_at: datetime, keep: timedelta) -> Report:
    """Read one message; ``keep`` is how long measurements are kept: what is older is refused.

    Raises:
        Rejection: naming the first thing that is wrong with it.
    """
    report = read_quickly(payload) or read_slowly(payload)
    check_not_ahead(report.at, received_at, "at")
    if report.at < received_at - keep:
        raise Rejection(
            "at",
            "too_old",
            f"is {report.at.isoformat()}, and measurements are kept for {keep.days} days",
            "set the device's clock",
        )
    return report


def read_quickly(payload: bytes) -> Report | None:
    """Read a message of the usual form, in a quarter of the time; None for any other.

    It takes nothing that `read_slowly` refuses, and reads the same from what both take.
    """
    # A JSON text that is not all ASCII may not be UTF-8, which the decoder does not always notice.
    if len(payload) > LARGEST_BYTES or not payload.isascii():
        return None
    try:
        said = _decode(payload)
        if not _USUAL_INSTANT.fullmatch(said.at) or not said.m.keys() <= _right_names:
            return None
        return Report(datetime.fromisoformat(said.at).astimezone(UTC), said.m)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None


def read_slowly(payload: bytes) -> Report:
    """Read a message of any form, field by field.

    Raises:
        Rejection: naming the first thing that is wrong with it.
    """
    if len(payload) > LARGEST_BYTES:
        raise Rejection(
            "payload",
            "payload_too_large",
            f"has {len(payload)} bytes, more than {LARGEST_BYTES}",
            "send fewer metrics in one message",
        )
    said = json_object(payload, LARGEST_BYTES)
    _check_envelope(said)
    return Report(said.instant("at"), numbers(said.values.get("m")))


def _check_envelope(said: Fields) -> None:
    if said.integer("v", 0, 1_000_000) != 1:
        raise Rejection("v", "version_unsupported", f"is {said.values['v']}", "send version 1")
    key = said.values.get("id")
    if type(key) is not int and not (isinstance(key, str) and 0 < len(key) <= LONGEST_ID):
        raise Rejection(
            "id",
            "message_id_invalid",
            f"is {_shown(key)}",
            f"send a text of 1 to {LONGEST_ID} characters, unique for the device",
        )


def numbers(said: object) -> dict[str, float]:
    """Return the metrics and their numbers, each of a form that can be kept.

    Raises:
        Rejection: it is no object of 1 to 100 metrics, or a name or a number is not right.
    """
    if not isinstance(said, dict):
        raise Rejection(
            "m",
            "not_an_object",
            f"is {_shown(said)}",
            "send an object of metrics and their numbers",
        )
    if not 0 < len(said) <= MOST_METRICS:
        raise Rejection("m", "too_many", f"has {len(said)} metrics", f"send 1 to {MOST_METRICS}")
    return {_name(name): _number(name, value) for name, value in said.items()}


def _name(name: str) -> str:
    if _METRIC.fullmatch(name):
        if len(_right_names) < _MOST_NAMES:
            _right_names.add(name)
        return name
    raise Rejection(
        f"m.{name}",
        "metric_name_invalid",
        "is no name of a metric",
        "take 1 to 60 of a-z, 0-9, underscore and dot",
    )


def _number(name: str, value: Any) -> float:
    # False for NaN and the infinities; true and false are ints to Python, but not to a device.
    if type(value) in (float, int) and -LARGEST_NUMBER < value < LARGEST_NUMBER:
        return float(value)
    raise Rejection(
        f"m.{name}",
        "not_a_number",
        f"is {_shown(value)}",
        f"send a number between -{LARGEST_NUMBER:g} and {LARGEST_NUMBER:g}, or leave it out",
    )


def _shown(value: object) -> str:
    """The value as the sender may recognise it: short, whatever it was."""
    if value is None:
        return "missing or null"
    text = type(value).__name__ if isinstance(value, dict | list) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
