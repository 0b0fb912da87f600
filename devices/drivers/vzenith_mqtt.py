"""Vzenith (臻识) plate cameras over MQTT, which drive the barrier too.

Sources: devices.md, and the maker's MQTT papers for the bodies of ``set_time`` and ``serial_data``
and the ``code`` of a reply. These cameras can't check a signature: the broker's rules protect them.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from devices import events
from devices.drivers.contract import (
    Level,
    Manifest,
    Order,
    Outgoing,
    Sender,
    SignsInWith,
    Source,
)
from devices.drivers.parsing import Fields, check_instant, json_object
from devices.drivers.vzenith_plate import (
    LARGEST_MESSAGE,
    LONGEST_PLATE,
    NO_PLATE,
    PULSES,
    allowed,
    local_text,
    plate_time,
    read_plate,
    sign_data,
    taken_off,
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
ACCEPTED = 200
MOST_PLATES = 500

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
    publishes=("{name}/device/message/up/#", "{name}/device/message/down/+/reply"),
    listens=("{name}/device/message/down/#",),
    can=frozenset({"plate", "movement", "photo", "state", "answer"}),
    actions=frozenset(
        {"open", "close", "trigger", "snapshot", "set_time", "allow_list", "serial_data"}
    ),
    signs_in_with=SignsInWith.SERIAL,
    largest=LARGEST_MESSAGE,
    level=Level.GOLD,
)


def sender(topic: str, _payload: bytes = b"") -> Sender | None:
    """Return who sends on ``{sn}/device/message/…``: a message up, or a reply to a command."""
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
    """Return what the message says.

    Raises:
        Rejection: it is not of the form that devices.md gives.
    """
    said = json_object(payload, LARGEST_MESSAGE)
    if said.has("sn") and said.text("sn", 60) != source.name:
        raise rejected("sn", "topic_mismatch")
    return _READERS[sender.channel](said, source.envelope(received_at))


def write(order: Order) -> Outgoing:
    """Return the command on ``{sn}/device/message/down/{name}``.

    Actions and their arguments: ``open``, ``close``, ``trigger`` (read the plate now),
    ``snapshot`` and ``set_time`` take none; ``allow_list`` takes ``{"put": [{"plate",
    "begins_at", "ends_at"}]}`` or ``{"delete": [plate]}``; ``serial_data`` takes ``{"channel",
    "data": base64}``, the bytes for the lane's sign.

    Raises:
        Rejection: the camera can't do that, an argument is wrong, or it has no serial number.
    """
    order.check_action(MANIFEST.actions, "a Vzenith camera")
    serial = order.known_serial("the camera's serial number")
    name, body = _WRITERS[order.action](order)
    message = {
        "id": order.cmd_id,
        "sn": serial,
        "name": name,
        "version": "1.0",
        "timestamp": int(order.issued_at.timestamp()),
        "payload": {"type": name, "body": body},
    }
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return Outgoing(f"{serial}/device/message/down/{name}", payload)


# -- what the camera says --------------------------------------------------------------------


def _plate_result(said: Fields, envelope: dict[str, Any]) -> Event:
    result = said.section("payload", "AlarmInfoPlate", "result", "PlateResult")
    at = plate_time(result) if result.has("timeStamp") else said.unix("timestamp")
    raw = result.base64_text("license", LONGEST_PLATE) if result.has("license") else None
    return read_plate(result, raw, at, envelope)


def _time(said: Fields, envelope: dict[str, Any]) -> datetime:
    return check_instant(said.unix("timestamp"), envelope["received_at"], "timestamp")


def _lane_result(said: Fields, envelope: dict[str, Any]) -> Event:
    payload = said.section("payload")
    kind = payload.integer("event_type", 0, 1000)
    at = _time(said, envelope)
    raw = _lane_plate(payload)
    envelope |= {"key": f"{at.timestamp():.0f} lane {kind} {raw}", "at": at}
    if kind not in MOVEMENTS:
        return events.Noted(what=f"lane event {kind}", **envelope)
    plate = "" if raw in NO_PLATE else raw
    return events.CarMoved(movement=MOVEMENTS[kind], plate=plate, **envelope)


def _lane_plate(payload: Fields) -> str:
    first = payload.first("result")
    if first is None or not first.has("plate_result"):
        return ""
    plate = first.section("plate_result")
    return plate.base64_text("license", LONGEST_PLATE) if plate.has("license") else ""


def _snapshot(said: Fields, envelope: dict[str, Any]) -> Event:
    payload = said.section("payload")
    at = _time(said, envelope)
    envelope |= {"key": f"{at.timestamp():.0f} snapshot {_id(said)}", "at": at}
    if payload.values.get("image_content"):
        photo = payload.jpeg("image_content", LARGEST_MESSAGE)
        return events.PhotoTaken(image=photo, **envelope)
    # Lies on the maker's cloud or the site's own store: the address is kept, not followed.
    address = payload.base64_text("imgPath", 500)
    return events.PhotoTaken(image=None, address=address, **envelope)


def _id(said: Fields) -> str:
    return said.text("id", 60, empty=True) if said.has("id") else ""


def _keep_alive(said: Fields, envelope: dict[str, Any]) -> Event:
    at = said.unix("timestamp") if said.has("timestamp") else envelope["received_at"]
    return events.StateReported(online=True, key=f"{at.timestamp():.0f} alive", at=at, **envelope)


def _reply(said: Fields, envelope: dict[str, Any]) -> Event:
    cmd_id = said.text("id", 40)
    at = said.unix("timestamp") if said.has("timestamp") else envelope["received_at"]
    code = said.integer("code", -1_000_000, 1_000_000) if said.has("code") else ACCEPTED
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


# -- what the camera is told -----------------------------------------------------------------

Body = tuple[str, dict[str, Any]]


def _move(order: Order) -> Body:
    return "gpio_out", dict(PULSES[order.action])


def _trigger(_order: Order) -> Body:
    return "ivs_trigger", {}


def _take_snapshot(_order: Order) -> Body:
    return "snapshot", {}


def _set_time(order: Order) -> Body:
    now = order.issued_at.astimezone(ZoneInfo(order.timezone))
    names = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "min": "%M", "sec": "%S"}
    return "set_time", {name: now.strftime(form) for name, form in names.items()}


def _allow_list(order: Order) -> Body:
    if order.args.get("delete") is not None:
        plates = taken_off(order, MOST_PLATES)
        return "white_list_operator", {"operator_type": "delete", "plate": plates}
    more = {"create_time": local_text(order, order.issued_at), "time_seg_enable": 0}
    records = [entry | more for entry in allowed(order, MOST_PLATES)]
    return "white_list_operator", {"operator_type": "update_or_add", "dldb_rec": records}


def _serial_data(order: Order) -> Body:
    return "serial_data", {"serialData": sign_data(order)}


_WRITERS: dict[str, Callable[[Order], Body]] = {
    "open": _move,
    "close": _move,
    "trigger": _trigger,
    "snapshot": _take_snapshot,
    "set_time": _set_time,
    "allow_list": _allow_list,
    "serial_data": _serial_data,
}
