"""Vzenith (臻识) plate cameras whose firmware knows one topic for all: ``/device/push/result``.

Sources: devices.md, and the papers named in docs/devices/vzenith-legacy.md. The bodies are those of
the maker's HTTP push: ``AlarmInfoPlate`` up, ``Response_AlarmInfoPlate`` down. On the topic that
all share, any camera can speak for any other: a camera is heard there only where its option
``shared_topic`` says so, and otherwise below its own serial number, where a bridge puts it.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from devices import events
from devices.drivers.contract import (
    Level,
    Manifest,
    Options,
    Order,
    Outgoing,
    Sender,
    SignsInWith,
    Source,
)
from devices.drivers.parsing import Fields, boolean_options, json_object
from devices.drivers.vzenith_plate import (
    LARGEST_MESSAGE,
    LONGEST_PLATE,
    PULSE_MS,
    PULSES,
    allowed,
    plate_time,
    read_plate,
    sign_data,
    taken_off,
)
from devices.events import Event
from devices.rejections import rejected

TOPIC = "/device/push/result"
SHARED_TOPIC = "shared_topic"
# On which of the two a message came.
SHARED, OWN = "shared", "own"
ACCEPTED = 200
LONGEST_SERIAL = 60
# So many entries does a camera of this firmware take in one message.
MOST_PLATES = 5


def check_options(options: Options) -> dict[str, Any]:
    """Return the options as they are kept.

    Raises:
        Rejection: one is unknown, or ``shared_topic`` is neither true nor false.
    """
    return boolean_options(options, {SHARED_TOPIC})


MANIFEST = Manifest(
    name="vzenith-legacy",
    title="Vzenith camera (臻识), older firmware",
    maker="Vzenith",
    # The first level may be empty: the filter takes in the topic that all share.
    topics=("+/device/push/result",),
    publishes=("{name}/device/push/result",),
    listens=("{name}/device/{name}/command", "/device/{name}/command"),
    can=frozenset({"plate", "movement", "state", "answer", "note"}),
    actions=frozenset({"open", "close", "trigger", "allow_list", "serial_data"}),
    signs_in_with=SignsInWith.SERIAL,
    largest=LARGEST_MESSAGE,
    level=Level.SILVER,
    publishes_if={SHARED_TOPIC: (TOPIC,)},
    check_options=check_options,
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return who sends: by the topic's first level, or by the message where that is empty.

    Raises:
        Rejection: it came on the shared topic and names no camera.
    """
    if not topic.endswith(TOPIC):
        return None
    serial = topic.removesuffix(TOPIC)
    if not serial:
        return Sender(name=_serial(json_object(payload, LARGEST_MESSAGE)), channel=SHARED)
    return None if "/" in serial else Sender(name=serial, channel=OWN)


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Return what the message says.

    Raises:
        Rejection: it is malformed, for another camera, or came on the shared topic unallowed.
    """
    if sender.channel == SHARED and source.options.get(SHARED_TOPIC) is not True:
        raise rejected("topic", "shared_topic", topic=f"{source.name}{TOPIC}", option=SHARED_TOPIC)
    said = json_object(payload, LARGEST_MESSAGE)
    if _serial(said) != source.name:
        field = "AlarmInfoPlate.serialno" if said.has("AlarmInfoPlate") else "serialno"
        raise rejected(field, "topic_mismatch")
    envelope = source.envelope(received_at)
    for name, reader in _READERS.items():
        if said.has(name):
            return reader(said, envelope)
    raise rejected("AlarmInfoPlate", "none_of", choices=_READERS)


def write(order: Order) -> Outgoing:
    """Return the command as ``Response_AlarmInfoPlate``.

    Actions and their arguments: ``open``, ``close`` and ``trigger`` (read the plate now) take none;
    ``allow_list`` takes ``{"put": [{"plate", "begins_at", "ends_at"}]}`` or ``{"delete":
    [plate]}``, up to five; ``serial_data`` takes ``{"channel", "data": base64}``, the bytes for the
    lane's sign.

    Raises:
        Rejection: the camera can't do that, an argument is wrong, or it has no serial number.
    """
    order.check_action(MANIFEST.actions, "such a camera")
    serial = order.known_serial("the camera's serial number")
    body = {"msgId": order.cmd_id} | _WRITERS[order.action](order)
    payload = json.dumps(
        {"Response_AlarmInfoPlate": body}, ensure_ascii=False, separators=(",", ":")
    )
    prefix = "" if order.options.get(SHARED_TOPIC) is True else serial
    return Outgoing(f"{prefix}/device/{serial}/command", payload.encode())


# -- what the camera says --------------------------------------------------------------------


def _serial(said: Fields) -> str:
    """Return whom the message names: inside its subject, or beside it in an answer."""
    for name in _READERS:
        if said.has(name) and isinstance(said.values[name], dict):
            return said.section(name).text("serialno", LONGEST_SERIAL)
    return said.text("serialno", LONGEST_SERIAL)


def _alarm(said: Fields, envelope: dict[str, Any]) -> Event:
    alarm = said.section("AlarmInfoPlate")
    if alarm.has("heartbeat"):
        return _heartbeat(envelope)
    result = alarm.section("result", "PlateResult")
    raw = result.text("license", LONGEST_PLATE, empty=True) if result.has("license") else None
    return read_plate(result, raw, plate_time(result), envelope)


def _heartbeat(envelope: dict[str, Any]) -> Event:
    """Return that the camera is online; a heartbeat has no time of its own."""
    at: datetime = envelope["received_at"]
    return events.StateReported(online=True, key=f"{at.timestamp():.3f} alive", at=at, **envelope)


def _input(said: Fields, envelope: dict[str, Any]) -> Event:
    changed = said.section("AlarmGioIn", "result", "TriggerResult")
    source, value = changed.integer("source", 0, 100), changed.integer("value", 0, 100)
    return _noted(f"input {source} is {value}", envelope)


def _serial_port(said: Fields, envelope: dict[str, Any]) -> Event:
    length = said.section("SerialData").integer("dataLen", 0, LARGEST_MESSAGE)
    return _noted(f"{length} bytes from the serial port", envelope)


def _noted(what: str, envelope: dict[str, Any]) -> Event:
    """Return a note; the message has no time and no number of its own."""
    at: datetime = envelope["received_at"]
    return events.Noted(what=what, key=f"{at.timestamp():.6f} {what}", at=at, **envelope)


def _answer(said: Fields, envelope: dict[str, Any]) -> Event:
    cmd_id = said.text("msgId", 40)
    code = said.integer("state_code", -1_000_000, 1_000_000)
    said_why = said.text("error_msg", 120, empty=True) if said.has("error_msg") else ""
    return events.CommandAnswered(
        key=f"reply {cmd_id}",
        at=envelope["received_at"],
        cmd_id=cmd_id,
        ok=code == ACCEPTED,
        error="" if code == ACCEPTED else f"code {code} {said_why}".strip(),
        **envelope,
    )


# By the field that a message has and others have not.
_READERS: dict[str, Callable[[Fields, dict[str, Any]], Event]] = {
    "AlarmInfoPlate": _alarm,
    "AlarmGioIn": _input,
    "SerialData": _serial_port,
    "state_code": _answer,
}


# -- what the camera is told -----------------------------------------------------------------

Body = dict[str, Any]


def _open(_order: Order) -> Body:
    return {"info": "ok", "channelNum": 0, "delay": PULSE_MS}


def _close(order: Order) -> Body:
    return {"ivs_ioctrl": dict(PULSES[order.action])}


def _trigger(_order: Order) -> Body:
    return {"manualTrigger": "ok"}


def _allow_list(order: Order) -> Body:
    if order.args.get("delete") is not None:
        entries = [
            {"plate": plate, "enable": 1, "need_alarm": 0}
            for plate in taken_off(order, MOST_PLATES)
        ]
        return {"white_list_operate": {"operate_type": 1, "white_list_data": entries}}
    entries = list(allowed(order, MOST_PLATES))
    return {"white_list_operate": {"operate_type": 0, "white_list_data": entries}}


def _serial_data(order: Order) -> Body:
    return {"serialData": sign_data(order)}


_WRITERS: dict[str, Callable[[Order], Body]] = {
    "open": _open,
    "close": _close,
    "trigger": _trigger,
    "allow_list": _allow_list,
    "serial_data": _serial_data,
}
