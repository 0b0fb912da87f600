"""Sensors and meters without a driver of their own, read by a mapping of their JSON.

Each device has one topic of its own; its options are the mapping (docs/devices/generic-json.md).
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from devices import events
from devices.drivers.contract import (
    DeviceCommand,
    Level,
    Manifest,
    OutgoingMessage,
    Sender,
    SignsInWith,
    Source,
)
from devices.drivers.generic_json import rejection_codes  # noqa: F401 - defines the codes
from devices.drivers.generic_json.mapping import (
    MessageMapping,
    Metric,
    TimeField,
    TimeForm,
    YesNoField,
    check_options,
    read_mapping,
    units,
)
from devices.drivers.generic_json.pointers import Pointer, canonical_text
from devices.drivers.generic_json.presets import PRESETS, Preset
from devices.drivers.generic_json.validation import (
    LONGEST_NUMBER,
    LONGEST_WORD,
    NUMBER,
)
from devices.drivers.parsing import Fields, check_instant, json_value
from devices.events import Event
from devices.rejections import rejected

__all__ = [
    "MANIFEST",
    "PRESETS",
    "Preset",
    "check_options",
    "read",
    "read_all",
    "sender",
    "units",
    "write",
]

LARGEST_MESSAGE = 256 * 1024
LARGEST_NUMBER = Decimal("1e100")  # as telemetry keeps them
LONGEST_ID = 80
MOST_READINGS = 1_000
LATEST_SECOND = 4_102_444_800  # the year 2100: a later time is in another unit
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A context of its own, so that settings of the thread's context can't change a number.
_EXACT = Context(prec=60)

MANIFEST = Manifest(
    name="generic-json",
    title="JSON with mapping",
    maker="any",
    topics=(),
    publishes=("{topic}",),
    event_types=frozenset({"bay", "state", "numbers"}),
    actions=frozenset(),
    signs_in_with=SignsInWith.CODE,
    max_bytes=LARGEST_MESSAGE,
    level=Level.GOLD,
    own_topic=True,
    check_options=check_options,
    units=units,
)


def sender(_topic: str, _payload: bytes = b"") -> Sender | None:
    """Return None: the driver has no topics; the registry finds a device by its own topic."""
    return None


def read(source: Source, _sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Parse a message by the mapping in the device's options; of several readings the newest.

    Raises:
        Rejection: the message is not JSON, or lacks what the mapping looks for; the field is the
            pointer.
    """
    return max(read_all(source, _sender, payload, received_at), key=lambda event: event.at)


def read_all(
    source: Source, _sender: Sender, payload: bytes, received_at: datetime
) -> Sequence[Event]:
    """Parse a message into an event for each of its readings, oldest first.

    Raises:
        Rejection: as `read`, also where only one of the readings is at fault.
    """
    message = json_value(payload, LARGEST_MESSAGE)
    mapping = read_mapping(source.options)
    if not mapping:
        raise rejected("options", "mapping_empty")
    if mapping.readings is None:
        return [_reading(mapping, source, message, payload, received_at)]
    readings = _readings(mapping.readings, message)
    if not readings:  # a sign of life
        key = f"{received_at.isoformat()} none"
        return [events.Measured(**source.envelope(received_at), key=key, at=received_at)]
    found = [
        _reading(mapping, source, each, json.dumps(each, sort_keys=True).encode(), received_at)
        for each in readings
    ]
    return sorted(found, key=lambda event: event.at)


def _readings(pointer: Pointer, message: Any) -> list[Any]:
    """Return the readings; a single one may stand there without a list."""
    found = pointer.find(message)
    if found is None:
        raise rejected(pointer.name, "readings_not_found")
    readings = found if isinstance(found, list) else [found]
    if len(readings) > MOST_READINGS:
        raise rejected(pointer.name, "list_size", low=0, high=MOST_READINGS)
    return readings


def _reading(
    mapping: MessageMapping, source: Source, reading: Any, payload: bytes, received_at: datetime
) -> Event:
    at = _time(mapping.at, reading, source.timezone, received_at) if mapping.at else received_at
    envelope: dict[str, Any] = {
        **source.envelope(received_at),
        "key": _key(mapping, reading, payload, at),
        "at": at,
        "values": _numbers(mapping, reading),
    }
    return _event(mapping, reading, envelope)


def write(command: DeviceCommand) -> OutgoingMessage:
    """Reject every command: the mapping describes no commands.

    Raises:
        Rejection: always.
    """
    raise rejected("action", "no_commands", action=command.action)


def _event(mapping: MessageMapping, message: Any, envelope: dict[str, Any]) -> Event:
    occupied = _read_yes_no(mapping.occupied, message)
    if occupied is not None:
        return events.BayChanged(occupied=occupied, **envelope)
    online = _read_yes_no(mapping.online, message)
    firmware = _firmware(mapping.firmware, message)
    if online is not None or firmware:
        # A device that reports its firmware is online.
        return events.StateReported(online=online is not False, firmware=firmware, **envelope)
    return events.Measured(**envelope)


def _key(mapping: MessageMapping, message: Any, payload: bytes, at: datetime) -> str:
    """Return the event's key, which duplicates of the message share.

    Without an id in the message it is a hash of the payload with its time; without a time in the
    message that is the time of receipt, and a duplicate counts as another message.
    """
    if mapping.id is None:
        return f"{at.isoformat()} {hashlib.sha256(payload).hexdigest()[:32]}"
    name = _text(mapping.id, mapping.id.find(message), LONGEST_ID)
    return f"{at.isoformat()} {name}" if mapping.at else name


def _numbers(mapping: MessageMapping, message: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in mapping.metrics:
        value = each.pointer.find(message)
        if value is not None or not each.optional:
            found[each.metric] = _number(each, value)
    return found


def _number(each: Metric, value: Any) -> float:
    if value is None:
        raise rejected(each.pointer.name, "metric_not_found", metric=each.metric)
    exact = decimal(_without_suffix(value, each.suffix))
    if exact is None:
        raise rejected(
            each.pointer.name, "metric_not_a_number", value=_plain(value), metric=each.metric
        )
    scaled = _EXACT.add(_EXACT.multiply(exact, each.scale), each.offset)
    if not -LARGEST_NUMBER < scaled < LARGEST_NUMBER:
        raise rejected(each.pointer.name, "number_too_large")
    return float(scaled)


def _without_suffix(value: Any, suffix: str) -> Any:
    """Return a text without the unit behind its number, where the mapping names that unit."""
    if not suffix or not isinstance(value, str):
        return value
    return value.strip().removesuffix(suffix)


def decimal(value: object) -> Decimal | None:
    """Return a number that a message has as such or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    # A float's shortest text is what the device sent, unlike the binary fraction behind it.
    text = value.strip() if isinstance(value, str) else repr(value)
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        return None
    exact = Decimal(text)
    return exact if -LARGEST_NUMBER < exact < LARGEST_NUMBER else None


def _read_yes_no(yes_no_field: YesNoField | None, message: Any) -> bool | None:
    """Read a yes-or-no field; None where it is optional and absent."""
    if yes_no_field is None:
        return None
    value = yes_no_field.pointer.find(message)
    if value is None and yes_no_field.optional:
        return None
    if value is None:
        raise rejected(yes_no_field.pointer.name, "answer_not_found")
    text = canonical_text(value) if isinstance(value, str | int | float) else None
    if text in yes_no_field.yes:
        return True
    if text in yes_no_field.no:
        return False
    raise rejected(
        yes_no_field.pointer.name,
        "value_unmapped",
        value=_plain(value),
        choices=(*yes_no_field.yes, *yes_no_field.no),
    )


def _firmware(pointer: Pointer | None, message: Any) -> str:
    """Return the version; empty in messages without one."""
    value = pointer.find(message) if pointer else None
    return "" if value is None or pointer is None else _text(pointer, value, LONGEST_WORD)


def _text(pointer: Pointer, value: Any, longest: int) -> str:
    """Return a text, or a number as text."""
    if value is None:
        raise rejected(pointer.name, "text_not_found")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fields({pointer.name: value}).text(pointer.name, longest)
    return Fields({pointer.name: canonical_text(value)}).text(pointer.name, longest)


def _time(time_field: TimeField, message: Any, timezone: str, received_at: datetime) -> datetime:
    """Parse the device's own time.

    Raises:
        Rejection: it is missing, malformed, over five minutes ahead, or over 31 days old.
    """
    name = time_field.pointer.name
    field = Fields({name: time_field.pointer.find(message)})
    if not field.has(name):
        raise rejected(name, "time_not_found")
    if time_field.form == TimeForm.RFC3339:
        at = field.instant(name)
    elif time_field.form == TimeForm.LOCAL:
        at = field.local_instant(name, timezone, received_at)
    else:
        at = _unix_time(time_field, field.values[name])
    return check_instant(at, received_at, name)


def _unix_time(time_field: TimeField, value: Any) -> datetime:
    per_second = 1000 if time_field.form == TimeForm.UNIX_MS else 1
    number = decimal(value)
    if number is None:
        raise rejected(time_field.pointer.name, "time_not_a_number", value=_plain(value))
    seconds = number / per_second
    if not 0 <= seconds < LATEST_SECOND:
        raise rejected(time_field.pointer.name, "time_unit_wrong", value=number)
    return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))


def _plain(value: object) -> object:
    """Return a value as a mapping spells it; a list or an object as it is."""
    return canonical_text(value) if isinstance(value, str | int | float) else value
