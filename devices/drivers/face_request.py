"""Face cameras with commands on ``face.{sn}.request`` and answers on ``face.{sn}.response``.

Sources: devices.md for these topics and the commands; for the bodies the two working integrations
named in docs/devices/face-request.md. One of them writes the topics with slashes, as the cameras
do; with dots they are behind a broker (RabbitMQ) that writes dots for slashes. Messages are read
from both, and the option ``slashes`` selects the topic of commands.

Recognitions come on ``face.response``, which all cameras share: any camera could publish in
another's name. There they are read only from cameras with the option ``shared_topic``; all others
need a bridge that moves them to the camera's own topic. The camera can't check signatures: the
broker's rules protect it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from devices import events
from devices.drivers import faces
from devices.drivers.contract import (
    DeviceCommand,
    DoorAbilities,
    Level,
    ListOf,
    Manifest,
    Options,
    OutgoingMessage,
    Sender,
    SignsInWith,
    Source,
)
from devices.drivers.faces import KEEP_TEMPERATURE, SHARED_TOPIC, first_text
from devices.drivers.parsing import Fields, boolean_options, check_instant, json_object
from devices.events import Event
from devices.rejection_codes import mark as _
from devices.rejections import define, rejected

LARGEST_MESSAGE = 4 * 1024 * 1024
LONGEST_SERIAL = 60
VERSION = "0.2"
SLASHES = "slashes"
LOCAL_CLOCK = "local_clock"
# Shared by all cameras: recognitions, and cameras that come online or go offline.
SHARED_TOPICS = ("face.response", "face/response", "online.response", "online/response")
SHARED, OWN = "shared", "own"
STATES = {"mqtt_online": True, "mqtt_lwt": False}
BLOCKED = "2"
ACCEPTED = 0
define(
    "answer_on_shared_topic",
    _("is answered on a topic that all cameras share"),
    _("answer on the camera's own topic"),
)
define(
    "photo_unsupported",
    _("is not supported: the camera downloads the photo"),
    _("use photo_url"),
)
KNOWN_ALREADY = 402
ERRORS = {"402": "the person is on the camera already"}
NORMAL, ANYWHERE, ONE_PERSON = 0, 0, 0


def check_options(options: Options) -> dict[str, Any]:
    """Check the options, which are all booleans.

    ``shared_topic``: it may publish on ``face.response``. ``slashes``: it subscribes to
    ``face/{sn}/request``. ``local_clock``: its seconds count the site's time, not UTC.
    ``keep_temperature``: the temperature it measures is stored.

    Raises:
        Rejection: an option is unknown, or neither true nor false.
    """
    return boolean_options(options, {SHARED_TOPIC, SLASHES, LOCAL_CLOCK, KEEP_TEMPERATURE})


MANIFEST = Manifest(
    name="face-request",
    title="Face camera, face.{sn}.request",
    maker="Yilandu (伊兰度) and others",
    topics=(*SHARED_TOPICS, "face/+/response"),
    topics_of_device=("face.{name}.response",),
    publishes=("face.{name}.response", "face/{name}/response"),
    subscribes=("face.{name}.request", "face/{name}/request"),
    event_types=frozenset({"credential", "state", "answer", "note", "numbers"}),
    actions=frozenset({"open", "restart", "put_person", "delete_person"}),
    secret_args=faces.PERSON_SECRETS,
    signs_in_with=SignsInWith.SERIAL,
    max_bytes=LARGEST_MESSAGE,
    bytes_per_s=2 * 1024 * 1024,
    level=Level.SILVER,
    publishes_if={SHARED_TOPIC: SHARED_TOPICS},
    check_options=check_options,
    interval_s=7 * 24 * 3600,  # no source documents a heartbeat; its last will reports it offline
    doors=DoorAbilities(most=1, decides=True, means=frozenset({"face"}), list_of=ListOf.PERSONS),
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return the sender: by the topic, or by the message on one that all cameras share.

    Raises:
        Rejection: it is on a shared topic and names no camera.
    """
    if topic in SHARED_TOPICS:
        fields = _serial_fields(_json(payload))
        serial = first_text(fields, "sn", longest=LONGEST_SERIAL)
        if not serial:
            raise fields.rejected("sn", "missing")
        return Sender(name=serial, channel=SHARED)
    for separator in ".", "/":
        first, last = f"face{separator}", f"{separator}response"
        serial = topic.removeprefix(first).removesuffix(last)
        if topic == f"{first}{serial}{last}" and serial and "/" not in serial:
            return Sender(name=serial, channel=OWN)
    return None


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Parse a message; its content determines its kind, as a bridge may forward any on one topic.

    Raises:
        Rejection: it is malformed, names another camera, or came on a shared topic without the
            camera's option for that.
    """
    message = _json(payload)
    reader = _reader(message)
    if sender.channel == SHARED:
        faces.check_shared_topic(source, f"face.{source.name}.response")
        if reader is _answer:
            raise rejected("cmd_id", "answer_on_shared_topic")
    fields = _serial_fields(message)
    if first_text(fields, "sn") not in ("", source.name):
        raise fields.rejected("sn", "topic_mismatch")
    return reader(source, message, source.envelope(received_at))


def redact(payload: bytes) -> bytes:
    """Return a rejected message without its photos, for storage."""
    return faces.without_photos(payload)


def write(command: DeviceCommand) -> OutgoingMessage:
    """Return the command on ``face.{sn}.request``.

    Actions: ``open`` and ``restart`` take no arguments; ``put_person`` those of
    `faces.read_person` with ``photo_url``, and ``known``, true for a person who is on the
    camera already; ``delete_person`` takes ``person``.

    Raises:
        Rejection: the action is not supported, an argument is wrong, or its serial is unknown.
    """
    command.check_action(MANIFEST.actions)
    serial = command.require_serial()
    envelope = {"client_id": serial, "cmd_id": command.cmd_id, "version": VERSION}
    message = envelope | _WRITERS[command.action](command)
    separator = "/" if command.options.get(SLASHES) else "."
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return OutgoingMessage(separator.join(("face", serial, "request")), payload.encode())


def _json(payload: bytes) -> Fields:
    """Parse the JSON; the cameras end it with a NUL, as C ends a string."""
    return json_object(payload.rstrip(b"\0"), LARGEST_MESSAGE)


def _serial_fields(message: Fields) -> Fields:
    """Return the object that holds the serial number: in a result, its body."""
    return message.section("body") if isinstance(message.values.get("body"), dict) else message


def _reader(message: Fields) -> Callable[[Source, Fields, dict[str, Any]], Event]:
    if message.has("type"):
        return _result
    return _state if any(message.values.get("cmd") == cmd for cmd in STATES) else _answer


# -- messages from the camera ----------------------------------------------------------------------


def _result(source: Source, message: Fields, envelope: dict[str, Any]) -> Event:
    kind = message.text("type", 60)
    if kind != "face_result":
        at = envelope["received_at"]
        return events.MessageLogged(what=kind, key=f"note {at.timestamp():.3f}", at=at, **envelope)
    body = message.section("body")
    at = check_instant(_device_time(source, body), envelope["received_at"], "body.usec")
    similarity = body.number("matched", -1, 100)
    person = first_text(body, "per_id", longest=faces.LONGEST_ID)
    blocked = first_text(body, "role") == BLOCKED
    granted = similarity > 0 and bool(person) and not blocked
    sequence = first_text(body, "sequence", longest=20)
    return events.CredentialSeen(
        means="face",
        credential=person,
        granted=granted,
        reason="" if granted else _refusal_reason(person, blocked),
        score=similarity / 100 if similarity > 0 else None,
        image=_photo(body),
        values=faces.temperature(source, body, "tep"),
        key=f"result {sequence} {at.timestamp():.6f}",
        at=at,
        **envelope,
    )


def _device_time(source: Source, body: Fields) -> datetime:
    """Parse the time: ``sec`` and ``usec``, or in older firmware seconds in ``usec``."""
    if body.has("sec"):
        at = body.unix("sec").replace(microsecond=body.integer("usec", 0, 999_999))
    else:
        at = body.unix("usec")
    if source.options.get(LOCAL_CLOCK):
        at = at.replace(tzinfo=ZoneInfo(source.timezone)).astimezone(UTC)
    return at


def _refusal_reason(person: str, blocked: bool) -> str:
    if blocked:
        return "on the camera's block list"
    return "not alike enough" if person else "stranger"


def _photo(body: Fields) -> bytes | None:
    photos = map(body.values.get, ("face_imgdata", "img_data"))
    return faces.photo(photos)


def _state(_source: Source, message: Fields, envelope: dict[str, Any]) -> Event:
    online = STATES[message.text("cmd", 20)]
    at = envelope["received_at"]
    key = f"{'online' if online else 'offline'} {at.timestamp():.3f}"
    return events.StateReported(online=online, key=key, at=at, **envelope)


def _answer(_source: Source, message: Fields, envelope: dict[str, Any]) -> Event:
    cmd_id = first_text(message, "cmd_id", longest=40)
    if not cmd_id:
        raise rejected("cmd_id", "missing")
    code = message.integer("code", -1_000_000, 1_000_000)
    reason = ERRORS.get(str(code)) or first_text(message, "reply") or "it failed"
    return events.CommandAnswered(
        cmd_id=cmd_id,
        ok=code == ACCEPTED,
        error="" if code == ACCEPTED else f"{reason} (code {code})",
        problem="" if code == ACCEPTED else _problem(code, reason),
        key=f"answer {cmd_id}",
        at=envelope["received_at"],
        **envelope,
    )


def _problem(code: int, reason: str) -> str:
    """Return the problem that an answer means; only one code is known, the rest by its text."""
    if code == KNOWN_ALREADY:
        return "present"
    words = reason.lower()
    if "full" in words:
        return "full"
    return "absent" if "not found" in words or "not exist" in words else ""


# -- commands to the camera -------------------------------------------------------------------


def _open(_command: DeviceCommand) -> dict[str, Any]:
    return {"cmd": "gpio control", "ctrl_type": "on"}


def _restart(_command: DeviceCommand) -> dict[str, Any]:
    return {"cmd": "reboot_cam"}


def _put_person(command: DeviceCommand) -> dict[str, Any]:
    args = Fields(dict(command.args), "args")
    if args.has("photo"):
        raise args.rejected("photo", "photo_unsupported")
    person = faces.read_person(command)
    known = args.boolean("known") if args.has("known") else False
    if not known and not person.photo_url:
        raise args.rejected("photo_url", "required")
    body: dict[str, Any] = {
        "cmd": "update_face" if known else "create_face",
        "per_id": person.id,
        "face_id": person.id,
        "per_name": person.name,
        "per_type": NORMAL,
        "usr_type": ANYWHERE,
    }
    if person.photo_url:
        body["img_url"] = person.photo_url
    if person.card:
        body["idcardNum"] = person.card
    return body | _times(person)


def _times(person: faces.Person) -> dict[str, Any]:
    """Return the person's validity in milliseconds, as the one known integration sends it."""
    if person.begins_at is None or person.ends_at is None:
        return {}
    begins, ends = (int(at.timestamp() * 1000) for at in (person.begins_at, person.ends_at))
    return {"s_time": begins, "e_time": ends}


def _delete_person(command: DeviceCommand) -> dict[str, Any]:
    return {"cmd": "delete_face", "type": ONE_PERSON, "per_id": faces.read_person_id(command)}


_WRITERS: dict[str, Callable[[DeviceCommand], dict[str, Any]]] = {
    "open": _open,
    "restart": _restart,
    "put_person": _put_person,
    "delete_person": _delete_person,
}
