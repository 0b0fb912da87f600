"""Vzenith (臻识) plate cameras over MQTT, which drive the barrier too.

Sources: devices.md, and the maker's MQTT papers for the bodies of ``set_time`` and ``serial_data``
and the ``code`` of a reply. These cameras can't check a signature: the broker's rules protect them.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Refusal
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
from devices.drivers.reading import Fields, check_instant, json_object
from devices.events import Event

# A photograph of a 4-megapixel camera has 200 to 900 KB, a third more in base64.
LARGEST_MESSAGE = 2 * 1024 * 1024
LONGEST_PLATE = 32
LARGEST_PIXEL = 100_000
LATEST_SECOND = 4_102_444_800  # the year 2100
NO_PLATE = frozenset({"_无_", "无牌车"})
COLOURS = {1: "blue", 2: "yellow", 3: "white", 4: "black", 5: "green", 6: "yellow-green"}
TRIGGERS = {1: "auto", 2: "input", 4: "software", 8: "virtual loop"}
# What a plate result with such a trigger says is no new car.
TRIGGERED_MOVEMENTS = {64: "lingering", 66: "turned_back"}
MOVEMENTS = {
    64: "lingering",
    81: "person_lingering",
    82: "lingering",
    83: "passed",
    84: "turned_back",
    85: "tailgating",
}
OPEN_RELAY, CLOSE_RELAY, PULSE, PULSE_MS = 0, 1, 2, 500
ACCEPTED = 200
LONGEST_SERIAL_DATA = 1024
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
    can=frozenset({"plate", "movement", "picture", "state", "answer"}),
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
        Refusal: it is not of the form that devices.md gives.
    """
    said = json_object(payload, LARGEST_MESSAGE)
    if said.has("sn") and said.text("sn", 60) != source.name:
        raise Refusal("sn", "is not the serial number of the topic", "publish below its own")
    envelope = {
        "device_id": source.device_id,
        "site_id": source.site_id,
        "received_at": received_at,
    }
    return _READERS[sender.channel](said, envelope)


def write(order: Order) -> Outgoing:
    """Return the command on ``{sn}/device/message/down/{name}``.

    Actions and their arguments: ``open``, ``close``, ``trigger`` (read the plate now),
    ``snapshot`` and ``set_time`` take none; ``allow_list`` takes ``{"put": [{"plate",
    "begins_at", "ends_at"}]}`` or ``{"delete": [plate]}``; ``serial_data`` takes ``{"channel",
    "data": base64}``, the bytes for the lane's sign.

    Raises:
        Refusal: the camera can't do that, an argument is wrong, or its serial number is not known.
    """
    if order.action not in _WRITERS:
        raise Refusal(
            "action",
            f"{order.action} is nothing that a Vzenith camera does",
            f"use one of {', '.join(sorted(MANIFEST.actions))}",
        )
    if not order.serial:
        raise Refusal("serial", "is not known", "enter the camera's serial number")
    name, body = _WRITERS[order.action](order)
    message = {
        "id": order.cmd_id,
        "sn": order.serial,
        "name": name,
        "version": "1.0",
        "timestamp": int(order.issued_at.timestamp()),
        "payload": {"type": name, "body": body},
    }
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return Outgoing(f"{order.serial}/device/message/down/{name}", payload)


# -- what the camera says --------------------------------------------------------------------


def _plate_result(said: Fields, envelope: dict[str, Any]) -> Event:
    result = said.section("payload", "AlarmInfoPlate", "result", "PlateResult")
    at = _check(_device_time(said, result), envelope)
    raw = result.base64_text("license", LONGEST_PLATE) if result.has("license") else ""
    plate = "" if raw in NO_PLATE else raw
    trigger = result.integer("triggerType", 0, 1000) if result.has("triggerType") else 0
    # The device's time and the raw read (parking.md): the maker's ids begin again at a restart.
    envelope |= {"key": f"{at.timestamp():.6f} {trigger} {raw}", "at": at}
    if trigger in TRIGGERED_MOVEMENTS:
        return events.CarMoved(movement=TRIGGERED_MOVEMENTS[trigger], plate=plate, **envelope)
    if trigger == 65:
        return events.Noted(what="lingering over", **envelope)
    image, box = _picture(result)
    if not result.has("license") and image is None:
        raise Refusal(result.name("license"), "is missing", "send it, or a picture to read")
    return events.PlateSeen(
        raw_text=plate,
        confidence=_confidence(result) if plate else 0.0,
        colour=COLOURS.get(result.values.get("colorType", 0), ""),
        image=image,
        box=box,
        trigger=TRIGGERS.get(trigger, str(trigger) if trigger else ""),
        **envelope,
    )


def _confidence(result: Fields) -> float:
    return result.number("confidence", 0, 100) / 100


def _device_time(said: Fields, result: Fields) -> datetime:
    if result.has("timeStamp"):
        at = result.section("timeStamp", "Timeval")
        microseconds = at.integer("usec", 0, 999_999) if at.has("usec") else 0
        whole = _instant(at, "sec")
        return whole.replace(microsecond=microseconds)
    return _instant(said, "timestamp")


def _instant(fields: Fields, field: str) -> datetime:
    return datetime.fromtimestamp(fields.integer(field, 0, LATEST_SECOND), UTC)


def _check(at: datetime, envelope: dict[str, Any]) -> datetime:
    return check_instant(at, envelope["received_at"], "timestamp")


def _picture(result: Fields) -> tuple[bytes | None, tuple[int, int, int, int] | None]:
    """Return the photograph with the plate's place in it, else the plate's own small picture."""
    for field in ("imageFile", "full_image_content"):
        if result.values.get(field):
            return result.jpeg(field, LARGEST_MESSAGE), _box(result)
    for field in ("imageFragmentFile", "small_image_content"):
        if result.values.get(field):
            return result.jpeg(field, LARGEST_MESSAGE), None
    return None, None


def _box(result: Fields) -> tuple[int, int, int, int] | None:
    """Return the plate's place; all zeros or nonsense, as when it was half seen, is no place."""
    try:
        place = result.section("location", "RECT")
        left, top, right, bottom = (
            place.integer(side, 0, LARGEST_PIXEL) for side in ("left", "top", "right", "bottom")
        )
    except Refusal:
        return None
    return (left, top, right, bottom) if left < right and top < bottom else None


def _lane_result(said: Fields, envelope: dict[str, Any]) -> Event:
    payload = said.section("payload")
    kind = payload.integer("event_type", 0, 1000)
    at = _check(_instant(said, "timestamp"), envelope)
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
    at = _check(_instant(said, "timestamp"), envelope)
    envelope |= {"key": f"{at.timestamp():.0f} snapshot {_id(said)}", "at": at}
    if payload.values.get("image_content"):
        picture = payload.jpeg("image_content", LARGEST_MESSAGE)
        return events.PictureTaken(image=picture, **envelope)
    # Lies on the maker's cloud or the site's own store: the address is kept, not followed.
    address = payload.base64_text("imgPath", 500)
    return events.PictureTaken(image=None, address=address, **envelope)


def _id(said: Fields) -> str:
    return said.text("id", 60, empty=True) if said.has("id") else ""


def _keep_alive(said: Fields, envelope: dict[str, Any]) -> Event:
    at = _instant(said, "timestamp") if said.has("timestamp") else envelope["received_at"]
    return events.StateReported(online=True, key=f"{at.timestamp():.0f} alive", at=at, **envelope)


def _reply(said: Fields, envelope: dict[str, Any]) -> Event:
    cmd_id = said.text("id", 40)
    at = _instant(said, "timestamp") if said.has("timestamp") else envelope["received_at"]
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


def _open(_order: Order) -> Body:
    return "gpio_out", {"delay": PULSE_MS, "io": OPEN_RELAY, "value": PULSE}


def _close(_order: Order) -> Body:
    return "gpio_out", {"delay": PULSE_MS, "io": CLOSE_RELAY, "value": PULSE}


def _trigger(_order: Order) -> Body:
    return "ivs_trigger", {}


def _take_snapshot(_order: Order) -> Body:
    return "snapshot", {}


def _set_time(order: Order) -> Body:
    now = order.issued_at.astimezone(ZoneInfo(order.timezone))
    names = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "min": "%M", "sec": "%S"}
    return "set_time", {name: now.strftime(form) for name, form in names.items()}


def _allow_list(order: Order) -> Body:
    args = Fields(dict(order.args), "args")
    if args.has("delete"):
        plates = _few(args, "delete")
        named = Fields({str(n): plate for n, plate in enumerate(plates)}, "args.delete")
        return "white_list_operator", {
            "operator_type": "delete",
            "plate": [named.text(n, LONGEST_PLATE) for n in named.values],
        }
    records = [_record(order, one, f"args.put[{n}]") for n, one in enumerate(_few(args, "put"))]
    return "white_list_operator", {"operator_type": "update_or_add", "dldb_rec": records}


def _few(args: Fields, field: str) -> list[Any]:
    value = args.values.get(field)
    if not isinstance(value, list) or not 0 < len(value) <= MOST_PLATES:
        raise Refusal(args.name(field), "is no list of plates", f"send 1 to {MOST_PLATES}")
    return value


def _record(order: Order, one: object, path: str) -> dict[str, Any]:
    entry = Fields(one if isinstance(one, dict) else {}, path)
    return {
        "plate": entry.text("plate", LONGEST_PLATE),
        "create_time": _local(order, order.issued_at),
        "enable": 1,
        "enable_time": _local(order, entry.instant("begins_at")),
        "overdue_time": _local(order, entry.instant("ends_at")),
        "time_seg_enable": 0,
        "need_alarm": 0,
    }


def _local(order: Order, at: datetime) -> str:
    return at.astimezone(ZoneInfo(order.timezone)).strftime("%Y-%m-%d %H:%M:%S")


def _serial_data(order: Order) -> Body:
    args = Fields(dict(order.args), "args")
    channel = args.integer("channel", 0, 1) if args.has("channel") else 0
    data = args.binary("data", LONGEST_SERIAL_DATA)
    entry = {
        "serialChannel": channel,
        "data": base64.b64encode(data).decode(),
        "dataLen": len(data),
    }
    return "serial_data", {"serialData": [entry]}


_WRITERS: dict[str, Callable[[Order], Body]] = {
    "open": _open,
    "close": _close,
    "trigger": _trigger,
    "snapshot": _take_snapshot,
    "set_time": _set_time,
    "allow_list": _allow_list,
    "serial_data": _serial_data,
}
