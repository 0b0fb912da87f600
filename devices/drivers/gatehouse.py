"""Our own protocol, for devices made or programmed for Gatehouse (docs/devices.md)."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from devices import events
from devices.drivers.contract import (
    DeviceCommand,
    DoorAbilities,
    DoorSetting,
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
# Who waits at a door or a lane while these are handled.
_URGENT = (b'"plate"', b'"passed"', b'"turned_back"', b'"credential"', b'"fire_release"')
DOOR_CHANGES = ("opened", "closed", "locked", "unlocked", "forced", "held")
MEANS = ("card", "face", "qr", "pin", "phone")
# By which a door opens without showing who it is; the device has decided.
DECIDED_MEANS = (*MEANS, "button", "remote")
DIRECTIONS = ("", "in", "out")
DOORS = 64
LONGEST_VALUE = 200
_SECRET = re.compile(rb'("value"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|[^,}\s]+)')


def may_open(channel: str, payload: bytes) -> bool:
    """Return whether a car or a person waits for an event; the word may stand anywhere in it."""
    return channel == "event" and any(kind in payload for kind in _URGENT)


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
        {
            *("plate", "movement", "barrier", "bay", "alarm", "state", "answer", "numbers"),
            *("credential", "ask", "door"),
        }
    ),
    actions=frozenset({"open", "close", "deny"}),
    signs_in_with=SignsInWith.CODE,
    max_bytes=LARGEST_WITH_PHOTOS,
    level=Level.GOLD,
    checks_signature=True,
    bytes_per_s=1024 * 1024,
    may_open=may_open,
    doors=DoorAbilities(
        most=DOORS,
        asks=True,
        means=frozenset(MEANS),
        applies=frozenset({DoorSetting.UNLOCK_TIME, DoorSetting.HELD_TIME}),
        names_door=True,
    ),
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


def redact(payload: bytes) -> bytes:
    """Return a rejected message without PINs and codes, for storage; it is never replayed."""
    return _SECRET.sub(rb'\1""', payload) if b'"credential"' in payload else payload


def write(command: DeviceCommand) -> OutgoingMessage:
    """Write a command, with its signature, on ``gh/v1/{site}/{device}/down/command``.

    The answer to a device that asks is on ``down/open`` or ``down/deny``.

    Raises:
        Rejection: the action is not supported, or ``deny`` does not say which question it answers.
    """
    command.check_action(MANIFEST.actions)
    answers = "ask_id" in command.args
    if command.action == "deny" and not answers:
        raise rejected("args.ask_id", "required")
    channel = command.action if answers else "command"
    payload = json.dumps(dict(command.body), ensure_ascii=False, separators=(",", ":"))
    return OutgoingMessage(
        f"gh/v1/{command.site}/{command.device_code}/down/{channel}", payload.encode()
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
    kind = message.choice("type", (*_EVENTS, *MOVEMENTS))
    if kind in _EVENTS:
        return _EVENTS[kind](message, envelope)
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


def _bay(message: Fields, envelope: dict[str, Any]) -> Event:
    return events.BayChanged(occupied=message.boolean("occupied"), **envelope)


def _barrier(message: Fields, envelope: dict[str, Any]) -> Event:
    return events.BarrierMoved(change=message.choice("change", CHANGES), **envelope)


def _alarm(message: Fields, envelope: dict[str, Any]) -> Event:
    alarms = {message.choice("alarm", events.ALARMS): message.boolean("active")}
    return events.AlarmsReported(alarms=alarms, **envelope)


def _credential(message: Fields, envelope: dict[str, Any]) -> Event:
    """Parse what a reader asks, or what it has decided while it could not ask."""
    envelope = envelope | {
        "door": message.integer("door", 1, DOORS) if message.has("door") else 1,
        "direction": message.choice("direction", DIRECTIONS) if message.has("direction") else "",
    }
    if message.has("ask") and message.boolean("ask"):
        return _ask(message, envelope)
    means = message.choice("means", DECIDED_MEANS)
    return events.CredentialSeen(
        means=means,
        credential=_value(message) if means in MEANS else "",
        granted=message.boolean("granted"),
        reason=message.text("reason", 200, empty=True) if message.has("reason") else "",
        **envelope,
    )


def _ask(message: Fields, envelope: dict[str, Any]) -> Event:
    second = message.section("second") if message.has("second") else None
    return events.CredentialAsked(
        means=message.choice("means", MEANS),
        credential=_value(message),
        second_means=second.choice("means", MEANS) if second else "",
        second_credential=_value(second) if second else "",
        **envelope,
    )


def _value(message: Fields) -> str:
    return message.text("value", LONGEST_VALUE)


def _door(message: Fields, envelope: dict[str, Any]) -> Event:
    return events.DoorMoved(
        door=message.integer("door", 1, DOORS) if message.has("door") else 1,
        change=message.choice("change", DOOR_CHANGES),
        **envelope,
    )


_EVENTS: dict[str, Callable[[Fields, dict[str, Any]], Event]] = {
    "plate": _plate,
    "bay": _bay,
    "barrier": _barrier,
    "alarm": _alarm,
    "credential": _credential,
    "door": _door,
}


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
