"""Sensors and meters that nobody wrote a driver for: a mapping says where their JSON holds what.

Each device has one topic of its own; its options are the mapping (docs/devices/generic-json.md).
"""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from devices import events
from devices.drivers.contract import Level, Manifest, Order, Outgoing, Sender, SignsInWith, Source
from devices.drivers.generic_json import rejection_codes  # noqa: F401 - defines the codes
from devices.drivers.generic_json.mapping import (
    Clock,
    MessageMapping,
    Metric,
    Question,
    TimeForm,
    check_options,
    read_mapping,
    units,
)
from devices.drivers.generic_json.presets import PRESETS, Preset
from devices.drivers.generic_json.validation import (
    LONGEST_NUMBER,
    LONGEST_WORD,
    NUMBER,
    Pointer,
    spelled,
)
from devices.drivers.parsing import Fields, check_instant, json_value
from devices.events import Event
from devices.rejections import rejected

__all__ = ["MANIFEST", "PRESETS", "Preset", "check_options", "read", "sender", "units", "write"]

LARGEST_MESSAGE = 256 * 1024
LARGEST_NUMBER = Decimal("1e100")  # as telemetry keeps them
LONGEST_ID = 80
LATEST_SECOND = 4_102_444_800  # the year 2100: what is later is in other units
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of its own, so that nothing that somebody set in the thread's context changes a number.
_EXACT = Context(prec=60)

MANIFEST = Manifest(
    name="generic-json",
    title="JSON with a mapping",
    maker="any",
    topics=(),
    publishes=("{topic}",),
    can=frozenset({"bay", "state", "numbers"}),
    actions=frozenset(),
    signs_in_with=SignsInWith.CODE,
    largest=LARGEST_MESSAGE,
    level=Level.GOLD,
    own_topic=True,
    check_options=check_options,
    units=units,
)


def sender(_topic: str, _payload: bytes = b"") -> Sender | None:
    """Return None: no topic is this driver's; the registry knows whose each device's own is."""
    return None


def read(source: Source, _sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Return what the message says by the mapping in the device's options.

    Raises:
        Rejection: the message is no JSON, or does not hold what the mapping looks for; the field is
            the pointer.
    """
    said = json_value(payload, LARGEST_MESSAGE)
    mapping = read_mapping(source.options)
    if not mapping:
        raise rejected("options", "mapping_empty")
    at = _time(mapping.at, said, source.timezone, received_at) if mapping.at else received_at
    envelope: dict[str, Any] = {
        **source.envelope(received_at),
        "key": _key(mapping, said, payload, at),
        "at": at,
        "values": _numbers(mapping, said),
    }
    return _event(mapping, said, envelope)


def write(order: Order) -> Outgoing:
    """Refuse: nobody knows what these devices can be told.

    Raises:
        Rejection: always.
    """
    raise rejected("action", "no_commands", action=order.action)


def _event(mapping: MessageMapping, said: Any, envelope: dict[str, Any]) -> Event:
    occupied = _answer(mapping.occupied, said)
    if occupied is not None:
        return events.BayChanged(occupied=occupied, **envelope)
    online = _answer(mapping.online, said)
    firmware = _firmware(mapping.firmware, said)
    if online is not None or firmware:
        # Who tells its firmware is there to tell it.
        return events.StateReported(online=online is not False, firmware=firmware, **envelope)
    return events.Measured(**envelope)


def _key(mapping: MessageMapping, said: Any, payload: bytes, at: datetime) -> str:
    """Return what a second copy of the message has in common with the first, and nothing else.

    Without an id of the device's own it is the whole payload with its time; without a time in the
    message that is the time we received it, and a second copy is taken for another message.
    """
    if mapping.id is None:
        return f"{at.isoformat()} {hashlib.sha256(payload).hexdigest()[:32]}"
    name = _text(mapping.id, mapping.id.find(said), LONGEST_ID)
    return f"{at.isoformat()} {name}" if mapping.at else name


def _numbers(mapping: MessageMapping, said: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in mapping.metrics:
        value = each.pointer.find(said)
        if value is not None or not each.optional:
            found[each.metric] = _number(each, value)
    return found


def _number(each: Metric, value: Any) -> float:
    if value is None:
        raise rejected(each.pointer.name, "metric_not_found", metric=each.metric)
    exact = decimal(value)
    if exact is None:
        raise rejected(
            each.pointer.name, "metric_not_a_number", value=_plain(value), metric=each.metric
        )
    scaled = _EXACT.add(_EXACT.multiply(exact, each.scale), each.offset)
    if not -LARGEST_NUMBER < scaled < LARGEST_NUMBER:
        raise rejected(each.pointer.name, "number_too_large")
    return float(scaled)


def decimal(value: object) -> Decimal | None:
    """Return the number that a message holds as such or as text; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    # A float's shortest text is what the device wrote, unlike the binary fraction behind it.
    text = value.strip() if isinstance(value, str) else repr(value)
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        return None
    exact = Decimal(text)
    return exact if -LARGEST_NUMBER < exact < LARGEST_NUMBER else None


def _answer(question: Question | None, said: Any) -> bool | None:
    """Return whether the message says yes; None where it need not say, and does not."""
    if question is None:
        return None
    value = question.pointer.find(said)
    if value is None and question.optional:
        return None
    if value is None:
        raise rejected(question.pointer.name, "answer_not_found")
    word = spelled(value) if isinstance(value, str | int | float) else None
    if word in question.yes:
        return True
    if word in question.no:
        return False
    raise rejected(
        question.pointer.name,
        "value_unmapped",
        value=_plain(value),
        choices=(*question.yes, *question.no),
    )


def _firmware(pointer: Pointer | None, said: Any) -> str:
    """Return the version where the message has one: not each message need have it."""
    value = pointer.find(said) if pointer else None
    return "" if value is None or pointer is None else _text(pointer, value, LONGEST_WORD)


def _text(pointer: Pointer, value: Any, longest: int) -> str:
    """Return a text, or a number as one."""
    if value is None:
        raise rejected(pointer.name, "text_not_found")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fields({pointer.name: value}).text(pointer.name, longest)
    return Fields({pointer.name: spelled(value)}).text(pointer.name, longest)


def _time(clock: Clock, said: Any, timezone: str, received_at: datetime) -> datetime:
    """Return the device's own time.

    Raises:
        Rejection: it is missing, malformed, over five minutes ahead, or over 31 days old.
    """
    name = clock.pointer.name
    field = Fields({name: clock.pointer.find(said)})
    if not field.has(name):
        raise rejected(name, "time_not_found")
    if clock.form == TimeForm.RFC3339:
        at = field.instant(name)
    elif clock.form == TimeForm.LOCAL:
        at = field.local_instant(name, timezone, received_at)
    else:
        at = _unix_time(clock, field.values[name])
    return check_instant(at, received_at, name)


def _unix_time(clock: Clock, value: Any) -> datetime:
    per_second = 1000 if clock.form == TimeForm.UNIX_MS else 1
    number = decimal(value)
    if number is None:
        raise rejected(clock.pointer.name, "time_not_a_number", value=_plain(value))
    seconds = number / per_second
    if not 0 <= seconds < LATEST_SECOND:
        raise rejected(clock.pointer.name, "time_unit_wrong", value=number)
    return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))


def _plain(value: object) -> object:
    """Return a value as a mapping spells it; a list or an object as it is."""
    return spelled(value) if isinstance(value, str | int | float) else value
