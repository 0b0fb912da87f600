"""Parse telemetry messages: ``gh/v1/{site}/{device}/up/telemetry``.

Payload: ``{"v": 1, "id": …, "at": RFC 3339 with offset, "m": {metric: number, …}}``, UTF-8.
Pure functions: no database, no clock.
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
# On it the backend publishes its own sync markers (`devices.telemetry.standby_session`).
SYNC_TOPIC = "gatehouse/telemetry/mark"
MAX_BYTES = 256 * 1024
MAX_METRICS_PER_MESSAGE = 100
MAX_ID_LENGTH = 100
# No instrument reports more, and PostgreSQL's avg() of larger numbers overflows.
MAX_NUMBER = 1e100

_METRIC = re.compile(r"[a-z0-9_.]{1,60}", re.ASCII)
# The form of RFC 3339 that devices use; other forms take the strict parser.
_COMMON_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_MAX_VALID_NAMES = 10_000
_valid_names: set[str] = set()


class _CommonMessage(msgspec.Struct):
    """The form of nearly all messages; others take the strict parser."""

    v: Literal[1]
    id: int | Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_LENGTH)]
    at: str
    m: Annotated[
        dict[str, Annotated[float, msgspec.Meta(gt=-MAX_NUMBER, lt=MAX_NUMBER)]],
        msgspec.Meta(min_length=1, max_length=MAX_METRICS_PER_MESSAGE),
    ]


_decode = msgspec.json.Decoder(_CommonMessage).decode


@dataclass(frozen=True, slots=True)
class Report:
    """The content of one message.

    Attributes:
        at: the device's time (aware UTC).
        values: number by metric.
    """

    at: datetime
    values: dict[str, float]


def is_telemetry(topic: str) -> bool:
    """Return whether the topic is one of telemetry."""
    return topic.startswith("gh/v1/") and topic.endswith(f"/up/{CHANNEL}")


def sender_of(topic: str) -> Sender:
    """Return the sender that the topic names.

    Raises:
        Rejection: it is not a telemetry topic.
    """
    match topic.split("/"):
        case ["gh", "v1", site, device, "up", channel] if channel == CHANNEL:
            return Sender(name=device, channel=channel, site=site)
    raise rejected("topic", "not_telemetry", topic=TOPIC.replace("+", "…"))


def parse(payload: bytes, received_at: datetime, retention: timedelta) -> Report:
    """Parse one message and check its time.

    Args:
        payload: the message.
        received_at: when it arrived.
        retention: a message older than this is rejected.

    Raises:
        Rejection: naming the first field that breaks a rule.
    """
    report = parse_fast(payload) or parse_strict(payload)
    check_not_ahead(report.at, received_at, "at")
    if report.at < received_at - retention:
        raise rejected("at", "past_retention", at=report.at, days=retention.days)
    return report


def parse_fast(payload: bytes) -> Report | None:
    """Parse a message of the common form in a quarter of the time; None for any other.

    It accepts no message that `parse_strict` rejects, and returns the same for what both accept.
    """
    # The decoder does not always notice invalid UTF-8, so other than ASCII takes the strict parser.
    if len(payload) > MAX_BYTES or not payload.isascii():
        return None
    try:
        message = _decode(payload)
        if not _COMMON_INSTANT.fullmatch(message.at) or not message.m.keys() <= _valid_names:
            return None
        return Report(datetime.fromisoformat(message.at).astimezone(UTC), message.m)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None


def parse_strict(payload: bytes) -> Report:
    """Parse a message field by field, so that a rejection names the field.

    Raises:
        Rejection: naming the first field that breaks a rule.
    """
    if len(payload) > MAX_BYTES:
        raise rejected("payload", "payload_too_large", size=len(payload), largest=MAX_BYTES)
    fields = json_object(payload, MAX_BYTES)
    _check_envelope(fields)
    return Report(fields.instant("at"), validate_values(fields.values.get("m")))


def _check_envelope(fields: Fields) -> None:
    if fields.integer("v", 0, 1_000_000) != 1:
        raise rejected("v", "version_unsupported", value=fields.values["v"])
    key = fields.values.get("id")
    if type(key) is not int and not (isinstance(key, str) and 0 < len(key) <= MAX_ID_LENGTH):
        raise rejected("id", "message_id_invalid", value=key, longest=MAX_ID_LENGTH)


def validate_values(values: object) -> dict[str, float]:
    """Validate an object of metrics and their numbers.

    Raises:
        Rejection: it is not an object of 1 to 100 metrics, or a name or number breaks a rule.
    """
    if not isinstance(values, dict):
        raise rejected("m", "not_metrics", value=values)
    if not 0 < len(values) <= MAX_METRICS_PER_MESSAGE:
        raise rejected("m", "metric_count", count=len(values), most=MAX_METRICS_PER_MESSAGE)
    return {_name(name): _number(name, value) for name, value in values.items()}


def _name(name: str) -> str:
    if _METRIC.fullmatch(name):
        if len(_valid_names) < _MAX_VALID_NAMES:
            _valid_names.add(name)
        return name
    raise rejected(f"m.{name}", "metric_name_invalid")


def _number(name: str, value: Any) -> float:
    # The comparison is false for NaN and infinities. bool is a subclass of int, hence type().
    if type(value) in (float, int) and -MAX_NUMBER < value < MAX_NUMBER:
        return float(value)
    raise rejected(f"m.{name}", "not_a_measurement", value=value, limit=MAX_NUMBER)
