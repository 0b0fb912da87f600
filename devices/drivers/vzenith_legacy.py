"""Vzenith (臻识) plate cameras whose firmware has one topic for all: ``/device/push/result``.

Sources: devices.md, and the documents listed in docs/devices/vzenith-legacy.md. The bodies are
those of the maker's HTTP push: ``AlarmInfoPlate`` up, ``Response_AlarmInfoPlate`` down. On the
topic that all share, any camera can publish in another's name: it is read there only from cameras
with the option ``shared_topic``; all others need a bridge that moves it below their own serial
number.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from devices import events
from devices.drivers.contract import (
    DeviceCommand,
    Level,
    Manifest,
    Options,
    OutgoingMessage,
    Sender,
    SignsInWith,
    Source,
)
from devices.drivers.parsing import Fields, boolean_options, json_object
from devices.drivers.vzenith_plate import (
    LARGEST_MESSAGE,
    LONGEST_OUTAGE,
    LONGEST_PLATE,
    PULSE_MS,
    PULSES,
    allow_list_entries,
    plate_time,
    plates_to_delete,
    read_plate,
    sign_data,
)
from devices.events import Event
from devices.rejections import rejected

TOPIC = "/device/push/result"
SHARED_TOPIC = "shared_topic"
# Which of the two a message came on.
SHARED, OWN = "shared", "own"
ACCEPTED = 200
LONGEST_SERIAL = 60
# This firmware accepts at most five entries in a message.
MOST_PLATES = 5


def check_options(options: Options) -> dict[str, Any]:
    """Check the options.

    Raises:
        Rejection: an option is unknown, or ``shared_topic`` is neither true nor false.
    """
    return boolean_options(options, {SHARED_TOPIC})


def may_open(_channel: str, payload: bytes) -> bool:
    """Return whether a message is about a car; all of them come on one topic."""
    return b"AlarmInfoPlate" in payload


MANIFEST = Manifest(
    name="vzenith-legacy",
    title="Vzenith camera (臻识), older firmware",
    maker="Vzenith",
    # The first level may be empty: the filter includes the topic that all share.
    topics=("+/device/push/result",),
    publishes=("{name}/device/push/result",),
    subscribes=("{name}/device/{name}/command", "/device/{name}/command"),
    event_types=frozenset({"plate", "movement", "state", "answer", "note"}),
    actions=frozenset({"open", "close", "trigger", "allow_list", "serial_data"}),
    signs_in_with=SignsInWith.SERIAL,
    max_bytes=LARGEST_MESSAGE,
    bytes_per_s=2 * 1024 * 1024,
    burst_messages=LONGEST_OUTAGE,
    may_open=may_open,
    level=Level.SILVER,
    publishes_if={SHARED_TOPIC: (TOPIC,)},
    check_options=check_options,
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return the sender: by the topic's first level, or by the message where that is empty.

    Raises:
        Rejection: it is on the shared topic and names no camera.
    """
    if not topic.endswith(TOPIC):
        return None
    serial = topic.removesuffix(TOPIC)
    if not serial:
        return Sender(name=_serial(json_object(payload, LARGEST_MESSAGE)), channel=SHARED)
    return None if "/" in serial else Sender(name=serial, channel=OWN)


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Parse a message into an event.

    Raises:
        Rejection: it is malformed, names another camera, or came on the shared topic without the
            option for that.
    """
    if sender.channel == SHARED and source.options.get(SHARED_TOPIC) is not True:
        raise rejected("topic", "shared_topic", topic=f"{source.name}{TOPIC}", option=SHARED_TOPIC)
    message = json_object(payload, LARGEST_MESSAGE)
    if _serial(message) != source.name:
        field = "AlarmInfoPlate.serialno" if message.has("AlarmInfoPlate") else "serialno"
        raise rejected(field, "topic_mismatch")
    envelope = source.envelope(received_at)
    for name, reader in _READERS.items():
        if message.has(name):
            return reader(message, envelope)
    raise rejected("AlarmInfoPlate", "none_of", choices=_READERS)


def write(command: DeviceCommand) -> OutgoingMessage:
    """Write a command as ``Response_AlarmInfoPlate``.

    Actions and their arguments: ``open``, ``close`` and ``trigger`` (read the plate now) take none;
    ``allow_list`` takes ``{"put": [{"plate", "begins_at", "ends_at"}]}`` or ``{"delete":
    [plate]}``, up to five; ``serial_data`` takes ``{"channel", "data": base64}``, the bytes for the
    lane's sign.

    Raises:
        Rejection: the action is not supported, an argument is wrong, or its serial is unknown.
    """
    command.check_action(MANIFEST.actions)
    serial = command.require_serial()
    body = {"msgId": command.cmd_id} | _WRITERS[command.action](command)
    payload = json.dumps(
        {"Response_AlarmInfoPlate": body}, ensure_ascii=False, separators=(",", ":")
    )
    prefix = "" if command.options.get(SHARED_TOPIC) is True else serial
    return OutgoingMessage(f"{prefix}/device/{serial}/command", payload.encode())


# -- messages from the camera --------------------------------------------------------------------


def _serial(message: Fields) -> str:
    """Return the serial number in the message: inside its subject, or at top level in an answer."""
    for name in _READERS:
        if message.has(name) and isinstance(message.values[name], dict):
            return message.section(name).text("serialno", LONGEST_SERIAL)
    return message.text("serialno", LONGEST_SERIAL)


def _alarm(message: Fields, envelope: dict[str, Any]) -> Event:
    alarm = message.section("AlarmInfoPlate")
    if alarm.has("heartbeat"):
        return _heartbeat(envelope)
    result = alarm.section("result", "PlateResult")
    raw = result.text("license", LONGEST_PLATE, empty=True) if result.has("license") else None
    return read_plate(result, raw, plate_time(result), envelope)


def _heartbeat(envelope: dict[str, Any]) -> Event:
    """Return a sign of life at the time of receipt: a heartbeat has no time of its own."""
    at: datetime = envelope["received_at"]
    return events.StateReported(online=True, key=f"{at.timestamp():.3f} alive", at=at, **envelope)


def _input(message: Fields, envelope: dict[str, Any]) -> Event:
    changed = message.section("AlarmGioIn", "result", "TriggerResult")
    source, value = changed.integer("source", 0, 100), changed.integer("value", 0, 100)
    return _message_logged(f"input {source} is {value}", envelope)


def _serial_port(message: Fields, envelope: dict[str, Any]) -> Event:
    length = message.section("SerialData").integer("dataLen", 0, LARGEST_MESSAGE)
    return _message_logged(f"{length} bytes from the serial port", envelope)


def _message_logged(what: str, envelope: dict[str, Any]) -> Event:
    """Log a message that has no time and no number of its own."""
    at: datetime = envelope["received_at"]
    return events.MessageLogged(what=what, key=f"{at.timestamp():.6f} {what}", at=at, **envelope)


def _answer(message: Fields, envelope: dict[str, Any]) -> Event:
    cmd_id = message.text("msgId", 40)
    code = message.integer("state_code", -1_000_000, 1_000_000)
    reason = message.text("error_msg", 120, empty=True) if message.has("error_msg") else ""
    return events.CommandAnswered(
        key=f"reply {cmd_id}",
        at=envelope["received_at"],
        cmd_id=cmd_id,
        ok=code == ACCEPTED,
        error="" if code == ACCEPTED else f"code {code} {reason}".strip(),
        **envelope,
    )


# By the field that only messages of that kind have.
_READERS: dict[str, Callable[[Fields, dict[str, Any]], Event]] = {
    "AlarmInfoPlate": _alarm,
    "AlarmGioIn": _input,
    "SerialData": _serial_port,
    "state_code": _answer,
}


# -- commands to the camera -----------------------------------------------------------------

Body = dict[str, Any]


def _open(_command: DeviceCommand) -> Body:
    return {"info": "ok", "channelNum": 0, "delay": PULSE_MS}


def _close(command: DeviceCommand) -> Body:
    return {"ivs_ioctrl": dict(PULSES[command.action])}


def _trigger(_command: DeviceCommand) -> Body:
    return {"manualTrigger": "ok"}


def _allow_list(command: DeviceCommand) -> Body:
    if command.args.get("delete") is not None:
        entries = [
            {"plate": plate, "enable": 1, "need_alarm": 0}
            for plate in plates_to_delete(command, MOST_PLATES)
        ]
        return {"white_list_operate": {"operate_type": 1, "white_list_data": entries}}
    entries = list(allow_list_entries(command, MOST_PLATES))
    return {"white_list_operate": {"operate_type": 0, "white_list_data": entries}}


def _serial_data(command: DeviceCommand) -> Body:
    return {"serialData": sign_data(command)}


_WRITERS: dict[str, Callable[[DeviceCommand], Body]] = {
    "open": _open,
    "close": _close,
    "trigger": _trigger,
    "allow_list": _allow_list,
    "serial_data": _serial_data,
}
