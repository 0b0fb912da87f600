"""Our own protocol, for devices made or programmed for Gatehouse (docs/devices.md)."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

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
from devices.drivers.parsing import Fields, check_instant, check_not_ahead, json_object
from devices.events import Event
from devices.rejections import rejected

LARGEST_MESSAGE = 256 * 1024
LARGEST_PHOTO = 200 * 1024
# The photo inside a plate event is counted by its own limit, in base64, not by the message's.
LARGEST_WITH_PHOTO = LARGEST_MESSAGE + (LARGEST_PHOTO + 2) // 3 * 4
LONGEST_ID = 100
LONGEST_PLATE = 32
LONGEST_VERSION = 60
LARGEST_PIXEL = 100_000
COLOURS = ("", "blue", "yellow", "white", "black", "green", "yellow-green")
CHANGES = ("opened", "closed", "forced", "hit")
MOVEMENTS = ("passed", "turned_back", "tailgating", "lingering", "person_lingering")

MANIFEST = Manifest(
    name="gatehouse",
    title="Gatehouse protocol",
    maker="any",
    topics=("gh/v1/+/+/up/event", "gh/v1/+/+/up/status", "gh/v1/+/+/up/ack"),
    publishes=("gh/v1/{site}/{name}/up/#",),
    listens=("gh/v1/{site}/{name}/down/#",),
    can=frozenset({"plate", "movement", "barrier", "bay", "alarm", "state", "answer", "numbers"}),
    actions=frozenset({"open", "close"}),
    signs_in_with=SignsInWith.CODE,
    largest=LARGEST_WITH_PHOTO,
    level=Level.GOLD,
    checks_signature=True,
)


def sender(topic: str, _payload: bytes = b"") -> Sender | None:
    """Return who sends on ``gh/v1/{site}/{device}/up/{event|status|ack}``."""
    parts = topic.split("/")
    if len(parts) != 6 or parts[:2] != ["gh", "v1"] or parts[4] != "up":
        return None
    if parts[5] not in _READERS:
        return None
    return Sender(name=parts[3], channel=parts[5], site=parts[2])


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Return what the message says.

    Raises:
        Rejection: it is not of the form that docs/devices.md gives.
    """
    said = json_object(payload, LARGEST_WITH_PHOTO)
    _check_size(said, payload)
    if said.integer("v", 0, 1_000_000) != 1:
        raise rejected("v", "version_unsupported", value=said.values["v"])
    key = said.text("id", LONGEST_ID)
    at = check_not_ahead(said.instant("at"), received_at, "at")
    envelope = source.envelope(received_at) | {"key": key, "at": at}
    return _READERS[sender.channel](said, envelope)


def write(order: Order) -> Outgoing:
    """Return the command on ``gh/v1/{site}/{device}/down/command``, its signature inside."""
    order.check_action(MANIFEST.actions, "a Gatehouse device")
    payload = json.dumps(dict(order.body), ensure_ascii=False, separators=(",", ":"))
    return Outgoing(f"gh/v1/{order.site}/{order.device_code}/down/command", payload.encode())


def _check_size(said: Fields, payload: bytes) -> None:
    photo = said.values.get("image")
    beside = len(payload) - (len(photo) if isinstance(photo, str) else 0)
    if beside > LARGEST_MESSAGE:
        raise rejected("payload", "too_large_without_photo", size=beside, largest=LARGEST_MESSAGE)


def _event(said: Fields, envelope: dict[str, Any]) -> Event:
    check_instant(envelope["at"], envelope["received_at"], "at")
    kind = said.choice("type", ("plate", "bay", "barrier", "alarm", *MOVEMENTS))
    if kind == "plate":
        return _plate(said, envelope)
    if kind == "bay":
        return events.BayChanged(occupied=said.boolean("occupied"), **envelope)
    if kind == "barrier":
        return events.BarrierMoved(change=said.choice("change", CHANGES), **envelope)
    if kind == "alarm":
        alarms = {said.choice("alarm", events.ALARMS): said.boolean("active")}
        return events.AlarmsReported(alarms=alarms, **envelope)
    plate = said.text("plate", LONGEST_PLATE, empty=True) if said.has("plate") else ""
    return events.CarMoved(movement=kind, plate=plate, **envelope)


def _plate(said: Fields, envelope: dict[str, Any]) -> Event:
    return events.PlateSeen(
        raw_text=said.text("plate", LONGEST_PLATE, empty=True),
        confidence=said.number("confidence", 0, 1),
        colour=said.choice("colour", COLOURS) if said.has("colour") else "",
        image=said.jpeg("image", LARGEST_PHOTO) if said.has("image") else None,
        box=_box(said) if said.has("box") else None,
        trigger=said.text("trigger", 40, empty=True) if said.has("trigger") else "",
        **envelope,
    )


def _box(said: Fields) -> tuple[int, int, int, int]:
    value = said.values["box"]
    if not isinstance(value, list) or len(value) != 4:
        raise rejected("box", "not_a_box")
    named = Fields(dict(zip(("left", "top", "right", "bottom"), value, strict=True)), "box")
    left, top, right, bottom = (named.integer(side, 0, LARGEST_PIXEL) for side in named.values)
    if left >= right or top >= bottom:
        raise rejected("box", "empty_box")
    return left, top, right, bottom


def _status(said: Fields, envelope: dict[str, Any]) -> Event:
    return events.StateReported(
        online=said.boolean("online"),
        firmware=said.text("firmware", LONGEST_VERSION) if said.has("firmware") else "",
        model=said.text("model", LONGEST_VERSION) if said.has("model") else "",
        **envelope,
    )


def _ack(said: Fields, envelope: dict[str, Any]) -> Event:
    return events.CommandAnswered(
        cmd_id=said.text("cmd_id", 40),
        ok=said.boolean("ok"),
        error=said.text("error", 200, empty=True) if said.has("error") else "",
        **envelope,
    )


_READERS: dict[str, Callable[[Fields, dict[str, Any]], Event]] = {
    "event": _event,
    "status": _status,
    "ack": _ack,
}
