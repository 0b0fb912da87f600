"""What a telemetry message says: ``gh/v1/{site}/{device}/up/telemetry``.

Payload: ``{"v": 1, "id": …, "at": RFC 3339 with offset, "m": {metric: number, …}}``, UTF-8.
No database, no clock; the same bytes give the same answer for ever.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from devices.drivers.contract import Sender
from devices.drivers.parsing import Fields, check_not_ahead, json_object
from devices.rejections import rejected

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
    raise rejected("topic", "not_telemetry", topic=TOPIC.replace("+", "…"))


def read(payload: bytes, received_at: datetime, keep: timedelta) -> Report:
    """Read one message; ``keep`` is how long measurements are kept: what is older is refused.

    Raises:
        Rejection: naming the first thing that is wrong with it.
    """
    report = read_quickly(payload) or read_slowly(payload)
    check_not_ahead(report.at, received_at, "at")
    if report.at < received_at - keep:
        raise rejected("at", "past_retention", at=report.at, days=keep.days)
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
        raise rejected("payload", "payload_too_large", size=len(payload), largest=LARGEST_BYTES)
    said = json_object(payload, LARGEST_BYTES)
    _check_envelope(said)
    return Report(said.instant("at"), numbers(said.values.get("m")))


def _check_envelope(said: Fields) -> None:
    if said.integer("v", 0, 1_000_000) != 1:
        raise rejected("v", "version_unsupported", value=said.values["v"])
    key = said.values.get("id")
    if type(key) is not int and not (isinstance(key, str) and 0 < len(key) <= LONGEST_ID):
        raise rejected("id", "message_id_invalid", value=key, longest=LONGEST_ID)


def numbers(said: object) -> dict[str, float]:
    """Return the metrics and their numbers, each of a form that can be kept.

    Raises:
        Rejection: it is no object of 1 to 100 metrics, or a name or a number is not right.
    """
    if not isinstance(said, dict):
        raise rejected("m", "not_metrics", value=said)
    if not 0 < len(said) <= MOST_METRICS:
        raise rejected("m", "metric_count", count=len(said), most=MOST_METRICS)
    return {_name(name): _number(name, value) for name, value in said.items()}


def _name(name: str) -> str:
    if _METRIC.fullmatch(name):
        if len(_right_names) < _MOST_NAMES:
            _right_names.add(name)
        return name
    raise rejected(f"m.{name}", "metric_name_invalid")


def _number(name: str, value: Any) -> float:
    # False for NaN and the infinities; true and false are ints to Python, but not to a device.
    if type(value) in (float, int) and -LARGEST_NUMBER < value < LARGEST_NUMBER:
        return float(value)
    raise rejected(f"m.{name}", "not_a_measurement", value=value, limit=LARGEST_NUMBER)
