"""Our own protocol, for devices made or programmed for Gatehouse (docs/devices.md)."""

import json
from collections.abc import Callable
from datetime import datetime
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
from devices.drivers.parsing import Fields, check_instant, check_not_ahead, json_object
from devices.events import Event
from devices.rejections import rejected

LARGEST_MESSAGE = 256 * 1024
LARGEST_PHOTO = 200 * 1024
# Each photo in a plate event has a limit of its own, in base64, beside that of the message.
MOST_PHOTOS = 5
LARGEST_WITH_PHOTOS = LARGEST_MESSAGE + MOST_PHOTOS * ((LARGEST_PHOTO + 2) // 3 * 4)
LONGEST_ID = 100
LONGEST_PLATE = 32
LONGEST_VERSION = 60
LARGEST_PIXEL = 100_000
COLOURS = ("", "blue", "yellow", "white", "black", "green", "yellow-green")
CHANGES = ("opened", "closed", "forced", "hit")
MOVEMENTS = ("passed", "turned_back", "tailgating", "lingering", "person_lingering")
_OF_CARS = (b'"plate"', b'"passed"', b'"turned_back"', b'"credential"')


def may_open(channel: str, payload: bytes) -> bool:
    """Return whether an event is about a car; the word may stand anywhere in it."""
    return channel == "event" and any(kind in payload for kind in _OF_CARS)


MANIFEST = Manifest(
    name="gatehouse",
    title="Gatehouse protocol",
    maker="any",
    topics=("gh/v1/+/+/up/event", "gh/v1/+/+/up/status", "gh/v1/+/+/up/ack"),
    publishes=(
        "gh/v1/{site}/{name}/up/event",
        "gh/v1/{site}/{name}/up/telemetry",
        "gh/v1/{site}/{name}/up/status",
        "gh/v1/{site}/{name}/up/ack",
    ),
    subscribes=("gh/v1/{site}/{name}/down/#",),
    event_types=frozenset(
        {"plate", "movement", "barrier", "bay", "alarm", "state", "answer", "numbers"}
    ),
    actions=frozenset({"open", "close"}),
    signs_in_with=SignsInWith.CODE,
    max_bytes=LARGEST_WITH_PHOTOS,
    level=Level.GOLD,
    checks_signature=True,
    bytes_per_s=1024 * 1024,
    may_open=may_open,
)


def sender(topic: str, _payload: bytes = b"") -> Sender | None:
    """Return the sender on ``gh/v1/{site}/{device}/up/{event|status|ack}``."""
    parts = topic.split("/")
    if len(parts) != 6 or parts[:2] != ["gh", "v1"] or parts[4] != "up":
        return None
    if parts[5] not in _READERS:
        return None
    return Sender(name=parts[3], channel=parts[5], site=parts[2])


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Parse a message into an event.

    Raises:
        Rejection: it does not have the form in docs/devices.md.
    """
    message = json_object(payload, LARGEST_WITH_PHOTOS)
    _check_size(message, payload)
    if message.integer("v", 0, 1_000_000) != 1:
        raise rejected("v", "version_unsupported", value=message.values["v"])
    key = message.text("id", LONGEST_ID)
    at = check_not_ahead(message.instant("at"), received_at, "at")
    envelope = source.envelope(received_at) | {"key": key, "at": at}
    return _READERS[sender.channel](message, envelope)


def write(command: DeviceCommand) -> OutgoingMessage:
    """Write a command, with its signature, on ``gh/v1/{site}/{device}/down/command``."""
    command.check_action(MANIFEST.actions)
    payload = json.dumps(dict(command.body), ensure_ascii=False, separators=(",", ":"))
    return OutgoingMessage(
        f"gh/v1/{command.site}/{command.device_code}/down/command", payload.encode()
    )


def _check_size(message: Fields, payload: bytes) -> None:
    several = message.values.get("images")
    photos = [message.values.get("image"), *(several if isinstance(several, list) else ())]
    rest = len(payload) - sum(len(photo) for photo in photos if isinstance(photo, str))
    if rest > LARGEST_MESSAGE:
        raise rejected("payload", "too_large_without_photo", size=rest, largest=LARGEST_MESSAGE)


def _event(message: Fields, envelope: dict[str, Any]) -> Event:
    check_instant(envelope["at"], envelope["received_at"], "at")
    if message.has("buffered"):
        envelope = envelope | {"buffered": message.boolean("buffered")}
    kind = message.choice("type", ("plate", "bay", "barrier", "alarm", *MOVEMENTS))
    if kind == "plate":
        return _plate(message, envelope)
    if kind == "bay":
        return events.BayChanged(occupied=message.boolean("occupied"), **envelope)
    if kind == "barrier":
        return events.BarrierMoved(change=message.choice("change", CHANGES), **envelope)
    if kind == "alarm":
        alarms = {message.choice("alarm", events.ALARMS): message.boolean("active")}
        return events.AlarmsReported(alarms=alarms, **envelope)
    plate = message.text("plate", LONGEST_PLATE, empty=True) if message.has("plate") else ""
    return events.CarMoved(movement=kind, plate=plate, **envelope)


def _plate(message: Fields, envelope: dict[str, Any]) -> Event:
    photos = _photos(message)
    return events.PlateSeen(
        raw_text=message.text("plate", LONGEST_PLATE, empty=True),
        confidence=message.number("confidence", 0, 1),
        colour=message.choice("colour", COLOURS) if message.has("colour") else "",
        image=photos[0] if photos else None,
        more_images=photos[1:],
        box=_box(message) if message.has("box") else None,
        trigger=message.text("trigger", 40, empty=True) if message.has("trigger") else "",
        visit=message.text("passage", LONGEST_ID) if message.has("passage") else "",
        **envelope,
    )


def _photos(message: Fields) -> tuple[bytes, ...]:
    """Return the one photo, or the frames of one car, in the order in which they were sent."""
    if not message.has("images"):
        return (message.jpeg("image", LARGEST_PHOTO),) if message.has("image") else ()
    if message.has("image"):
        raise rejected("images", "conflict", other="image")
    several = message.values["images"]
    if not isinstance(several, list) or not 1 <= len(several) <= MOST_PHOTOS:
        raise rejected("images", "list_size", low=1, high=MOST_PHOTOS)
    named = Fields({f"images[{n}]": photo for n, photo in enumerate(several)})
    return tuple(named.jpeg(name, LARGEST_PHOTO) for name in named.values)


def _box(message: Fields) -> tuple[int, int, int, int]:
    value = message.values["box"]
    if not isinstance(value, list) or len(value) != 4:
        raise rejected("box", "not_a_box")
    named = Fields(dict(zip(("left", "top", "right", "bottom"), value, strict=True)), "box")
    left, top, right, bottom = (named.integer(side, 0, LARGEST_PIXEL) for side in named.values)
    if left >= right or top >= bottom:
        raise rejected("box", "empty_box")
    return left, top, right, bottom


def _status(message: Fields, envelope: dict[str, Any]) -> Event:
    return events.StateReported(
        online=message.boolean("online"),
        firmware=message.text("firmware", LONGEST_VERSION) if message.has("firmware") else "",
        model=message.text("model", LONGEST_VERSION) if message.has("model") else "",
        **envelope,
    )


def _ack(message: Fields, envelope: dict[str, Any]) -> Event:
    return events.CommandAnswered(
        cmd_id=message.text("cmd_id", 40),
        ok=message.boolean("ok"),
        error=message.text("error", 200, empty=True) if message.has("error") else "",
        **envelope,
    )


_READERS: dict[str, Callable[[Fields, dict[str, Any]], Event]] = {
    "event": _event,
    "status": _status,
    "ack": _ack,
}
