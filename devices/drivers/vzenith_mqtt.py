"""Vzenith (臻识) plate cameras over MQTT, which drive the barrier too.

Sources: devices.md, and the maker's MQTT documents for the bodies of ``set_time`` and
``serial_data`` and the ``code`` of a reply. These cameras can't check signatures: the broker's
rules protect them.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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
from devices.drivers.parsing import Fields, check_instant, json_object
from devices.drivers.vzenith_plate import (
    LARGEST_MESSAGE,
    LONGEST_OUTAGE,
    LONGEST_PLATE,
    NO_PLATE,
    PULSES,
    allow_list_entries,
    local_text,
    plate_time,
    plates_to_delete,
    read_plate,
    sign_data,
)
from devices.events import Event
from devices.rejections import rejected

MOVEMENTS = {
    64: "lingering",
    81: "person_lingering",
    82: "lingering",
    83: "passed",
    84: "turned_back",
    85: "tailgating",
}
# The names of the commands in `write`, each of which is answered on a topic of its own.
COMMANDS = (
    "gpio_out",
    "ivs_trigger",
    "snapshot",
    "set_time",
    "white_list_operator",
    "serial_data",
)
ACCEPTED = 200
MOST_PLATES = 500


def may_open(channel: str, _payload: bytes) -> bool:
    """Return whether a message is about a car."""
    return channel in ("ivs_result", "lanectrl_result")


MANIFEST = Manifest(
    name="vzenith-mqtt",
    title="Vzenith camera (臻识)",
    maker="Vzenith",
    topics=(
        "+/device/message/up/ivs_result",
        "+/device/message/up/lanectrl_result",
        "+/device/message/up/snapshot",
        "+/device/message/up/keep_alive",
        "+/device/message/down/+/reply",
    ),
    publishes=(
        "{name}/device/message/up/ivs_result",
        "{name}/device/message/up/lanectrl_result",
        "{name}/device/message/up/snapshot",
        "{name}/device/message/up/keep_alive",
        *(f"{{name}}/device/message/down/{name}/reply" for name in COMMANDS),
    ),
    subscribes=("{name}/device/message/down/#",),
    event_types=frozenset({"plate", "movement", "photo", "state", "answer"}),
    actions=frozenset(
        {"open", "close", "trigger", "snapshot", "set_time", "allow_list", "serial_data"}
    ),
    signs_in_with=SignsInWith.SERIAL,
    max_bytes=LARGEST_MESSAGE,
    bytes_per_s=2 * 1024 * 1024,
    burst_messages=LONGEST_OUTAGE,
    may_open=may_open,
    level=Level.GOLD,
)


def sender(topic: str, _payload: bytes = b"") -> Sender | None:
    """Return the sender on ``{sn}/device/message/…``: a message up, or a reply to a command."""
    serial, _, rest = topic.partition("/device/message/")
    if not rest or "/" in serial:
        return None
    parts = rest.split("/")
    if parts[0] == "up" and len(parts) == 2 and parts[1] in _READERS:
        return Sender(name=serial, channel=parts[1])
    if parts[0] == "down" and len(parts) == 3 and parts[2] == "reply":
        return Sender(name=serial, channel="reply")
    return None


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Parse a message into an event.

    Raises:
        Rejection: it does not have the form in docs/devices.md.
    """
    message = json_object(payload, LARGEST_MESSAGE)
    if message.has("sn") and message.text("sn", 60) != source.name:
        raise rejected("sn", "topic_mismatch")
    return _READERS[sender.channel](message, source.envelope(received_at))


def write(command: DeviceCommand) -> OutgoingMessage:
    """Write a command on ``{sn}/device/message/down/{name}``.

    Actions and their arguments: ``open``, ``close``, ``trigger`` (read the plate now),
    ``snapshot`` and ``set_time`` take none; ``allow_list`` takes ``{"put": [{"plate",
    "begins_at", "ends_at"}]}`` or ``{"delete": [plate]}``; ``serial_data`` takes ``{"channel",
    "data": base64}``, the bytes for the lane's sign.

    Raises:
        Rejection: the action is not supported, an argument is wrong, or its serial is unknown.
    """
    command.check_action(MANIFEST.actions)
    serial = command.require_serial()
    name, body = _WRITERS[command.action](command)
    message = {
        "id": command.cmd_id,
        "sn": serial,
        "name": name,
        "version": "1.0",
        "timestamp": int(command.issued_at.timestamp()),
        "payload": {"type": name, "body": body},
    }
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return OutgoingMessage(f"{serial}/device/message/down/{name}", payload)


# -- messages from the camera --------------------------------------------------------------------


def _plate_result(message: Fields, envelope: dict[str, Any]) -> Event:
    result = message.section("payload", "AlarmInfoPlate", "result", "PlateResult")
    at = plate_time(result) if result.has("timeStamp") else message.unix("timestamp")
    raw = result.base64_text("license", LONGEST_PLATE) if result.has("license") else None
    return read_plate(result, raw, at, envelope)


def _time(message: Fields, envelope: dict[str, Any]) -> datetime:
    return check_instant(message.unix("timestamp"), envelope["received_at"], "timestamp")


def _lane_result(message: Fields, envelope: dict[str, Any]) -> Event:
    payload = message.section("payload")
    kind = payload.integer("event_type", 0, 1000)
    at = _time(message, envelope)
    raw = _lane_plate(payload)
    envelope |= {"key": f"{at.timestamp():.0f} lane {kind} {raw}", "at": at}
    if kind not in MOVEMENTS:
        return events.MessageLogged(what=f"lane event {kind}", **envelope)
    plate = "" if raw in NO_PLATE else raw
    return events.CarMoved(movement=MOVEMENTS[kind], plate=plate, **envelope)


def _lane_plate(payload: Fields) -> str:
    first = payload.first("result")
    if first is None or not first.has("plate_result"):
        return ""
    plate = first.section("plate_result")
    return plate.base64_text("license", LONGEST_PLATE) if plate.has("license") else ""


def _snapshot(message: Fields, envelope: dict[str, Any]) -> Event:
    payload = message.section("payload")
    at = _time(message, envelope)
    envelope |= {"key": f"{at.timestamp():.0f} snapshot {_id(message)}", "at": at}
    if payload.values.get("image_content"):
        photo = payload.jpeg("image_content", LARGEST_MESSAGE)
        return events.PhotoTaken(image=photo, **envelope)
    # The photo is in the maker's cloud or the site's own store: only its address is stored.
    address = payload.base64_text("imgPath", 500)
    return events.PhotoTaken(image=None, address=address, **envelope)


def _id(message: Fields) -> str:
    return message.text("id", 60, empty=True) if message.has("id") else ""


def _keep_alive(message: Fields, envelope: dict[str, Any]) -> Event:
    at = message.unix("timestamp") if message.has("timestamp") else envelope["received_at"]
    return events.StateReported(online=True, key=f"{at.timestamp():.0f} alive", at=at, **envelope)


def _reply(message: Fields, envelope: dict[str, Any]) -> Event:
    cmd_id = message.text("id", 40)
    at = message.unix("timestamp") if message.has("timestamp") else envelope["received_at"]
    code = message.integer("code", -1_000_000, 1_000_000) if message.has("code") else ACCEPTED
    return events.CommandAnswered(
        key=f"reply {cmd_id}",
        at=at,
        cmd_id=cmd_id,
        ok=code == ACCEPTED,
        error="" if code == ACCEPTED else f"code {code}",
        **envelope,
    )


_READERS: dict[str, Callable[[Fields, dict[str, Any]], Event]] = {
    "ivs_result": _plate_result,
    "lanectrl_result": _lane_result,
    "snapshot": _snapshot,
    "keep_alive": _keep_alive,
    "reply": _reply,
}


# -- commands to the camera -----------------------------------------------------------------

Body = tuple[str, dict[str, Any]]


def _move(command: DeviceCommand) -> Body:
    return "gpio_out", dict(PULSES[command.action])


def _trigger(_command: DeviceCommand) -> Body:
    return "ivs_trigger", {}


def _take_snapshot(_command: DeviceCommand) -> Body:
    return "snapshot", {}


def _set_time(command: DeviceCommand) -> Body:
    now = command.issued_at.astimezone(ZoneInfo(command.timezone))
    names = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "min": "%M", "sec": "%S"}
    return "set_time", {name: now.strftime(form) for name, form in names.items()}


def _allow_list(command: DeviceCommand) -> Body:
    if command.args.get("delete") is not None:
        plates = plates_to_delete(command, MOST_PLATES)
        return "white_list_operator", {"operator_type": "delete", "plate": plates}
    more = {"create_time": local_text(command, command.issued_at), "time_seg_enable": 0}
    records = [entry | more for entry in allow_list_entries(command, MOST_PLATES)]
    return "white_list_operator", {"operator_type": "update_or_add", "dldb_rec": records}


def _serial_data(command: DeviceCommand) -> Body:
    return "serial_data", {"serialData": sign_data(command)}


_WRITERS: dict[str, Callable[[DeviceCommand], Body]] = {
    "open": _move,
    "close": _move,
    "trigger": _trigger,
    "snapshot": _take_snapshot,
    "set_time": _set_time,
    "allow_list": _allow_list,
    "serial_data": _serial_data,
}
