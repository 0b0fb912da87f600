"""Face cameras that are told on ``face.{sn}.request`` and answer on ``face.{sn}.response``.

Sources: devices.md for these topics and for what can be told; for the bodies the two working
integrations named in docs/devices/face-request.md. One of them writes the topics with slashes, as
the cameras do; with dots they are behind a broker (RabbitMQ) that writes dots for slashes. Both are
heard, and the option ``slashes`` says how a camera is told.

What a camera saw comes on ``face.response``, which all of them share: any camera could speak for
any other. It is heard there only of cameras whose option ``shared_topic`` says so, and otherwise on
a camera's own topic, where a bridge puts it. The camera can't check a signature: the broker's rules
protect it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from devices import events
from devices.drivers import faces
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
from devices.drivers.faces import KEEP_TEMPERATURE, SHARED_TOPIC, word
from devices.drivers.parsing import Fields, boolean_options, check_instant, json_object
from devices.events import Event
from devices.rejection_codes import mark as _
from devices.rejections import define, rejected

LARGEST_MESSAGE = 4 * 1024 * 1024
LONGEST_SERIAL = 60
VERSION = "0.2"
SLASHES = "slashes"
LOCAL_CLOCK = "local_clock"
# What all cameras share: what they saw, and that they came or went.
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
ERRORS = {"402": "the person is on the camera already"}
NORMAL, ANYWHERE, ONE_PERSON = 0, 0, 0


def check_options(options: Options) -> dict[str, Any]:
    """Return the options as they are kept.

    ``shared_topic``: it may speak on ``face.response``. ``slashes``: it is told on
    ``face/{sn}/request``. ``local_clock``: its seconds count the site's time, not UTC.
    ``keep_temperature``: the temperature it measured is kept.

    Raises:
        Rejection: one is not known, or is neither true nor false.
    """
    return boolean_options(options, {SHARED_TOPIC, SLASHES, LOCAL_CLOCK, KEEP_TEMPERATURE})


MANIFEST = Manifest(
    name="face-request",
    title="Face camera, face.{sn}.request",
    maker="Yilandu (伊兰度) and others",
    topics=(*SHARED_TOPICS, "face/+/response"),
    topics_of_device=("face.{name}.response",),
    publishes=("face.{name}.response", "face/{name}/response"),
    listens=("face.{name}.request", "face/{name}/request"),
    can=frozenset({"credential", "state", "answer", "note", "numbers"}),
    actions=frozenset({"open", "restart", "put_person", "delete_person"}),
    secret_args=faces.PERSON_SECRETS,
    signs_in_with=SignsInWith.SERIAL,
    largest=LARGEST_MESSAGE,
    level=Level.SILVER,
    publishes_if={SHARED_TOPIC: SHARED_TOPICS},
    check_options=check_options,
    interval_s=7 * 24 * 3600,  # no source tells of a heartbeat; its last will does
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return who sends: by the topic, or by the message on one that all cameras share.

    Raises:
        Rejection: it came on a shared topic and names no camera.
    """
    if topic in SHARED_TOPICS:
        fields = _named_in(_json(payload))
        serial = word(fields, "sn", longest=LONGEST_SERIAL)
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
    """Return what the message says, which tells by itself what it is: a bridge may bring any.

    Raises:
        Rejection: it is not of the documented form, speaks for another camera, or came on a shared
            topic though the camera's option does not allow that.
    """
    said = _json(payload)
    reader = _reader(said)
    if sender.channel == SHARED:
        faces.check_shared(source, f"face.{source.name}.response by way of a bridge")
        if reader is _answer:
            raise rejected("cmd_id", "answer_on_shared_topic")
    fields = _named_in(said)
    if word(fields, "sn") not in ("", source.name):
        raise fields.rejected("sn", "topic_mismatch")
    return reader(source, said, source.envelope(received_at))


def strip(payload: bytes) -> bytes:
    """Return a refused message as it may be kept: without faces."""
    return faces.without_photos(payload)


def write(order: Order) -> Outgoing:
    """Return the command on ``face.{sn}.request``.

    Actions: ``open`` and ``restart`` take no arguments; ``put_person`` those of
    `faces.read_person` with ``photo_url``, and ``known``, true for a person whom the camera has
    already; ``delete_person`` takes ``person``.

    Raises:
        Rejection: the camera can't do that, an argument is wrong, or it has no serial number.
    """
    order.check_action(MANIFEST.actions, faces.TERMINAL)
    serial = order.known_serial("the camera's serial number")
    envelope = {"client_id": serial, "cmd_id": order.cmd_id, "version": VERSION}
    message = envelope | _WRITERS[order.action](order)
    separator = "/" if order.options.get(SLASHES) else "."
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return Outgoing(separator.join(("face", serial, "request")), payload.encode())


def _json(payload: bytes) -> Fields:
    """Return the message's fields; the cameras end it as C does a text, with a NUL."""
    return json_object(payload.rstrip(b"\0"), LARGEST_MESSAGE)


def _named_in(said: Fields) -> Fields:
    """Return the fields among which the camera's serial number is: a result has it in its body."""
    return said.section("body") if isinstance(said.values.get("body"), dict) else said


def _reader(said: Fields) -> Callable[[Source, Fields, dict[str, Any]], Event]:
    if said.has("type"):
        return _result
    return _state if any(said.values.get("cmd") == cmd for cmd in STATES) else _answer


# -- what the camera says ----------------------------------------------------------------------


def _result(source: Source, said: Fields, envelope: dict[str, Any]) -> Event:
    kind = said.text("type", 60)
    if kind != "face_result":
        at = envelope["received_at"]
        return events.Noted(what=kind, key=f"note {at.timestamp():.3f}", at=at, **envelope)
    body = said.section("body")
    at = check_instant(_device_time(source, body), envelope["received_at"], "body.usec")
    alike = body.number("matched", -1, 100)
    person = word(body, "per_id", longest=faces.LONGEST_ID)
    blocked = word(body, "role") == BLOCKED
    granted = alike > 0 and bool(person) and not blocked
    sequence = word(body, "sequence", longest=20)
    return events.CredentialSeen(
        means="face",
        credential=person,
        granted=granted,
        reason="" if granted else _why(person, blocked),
        score=alike / 100 if alike > 0 else None,
        image=_photo(body),
        values=faces.temperature(source, body, "tep"),
        key=f"result {sequence} {at.timestamp():.6f}",
        at=at,
        **envelope,
    )


def _device_time(source: Source, body: Fields) -> datetime:
    """Return when it was: ``sec`` and ``usec``, or in older firmware the seconds in ``usec``."""
    if body.has("sec"):
        at = body.unix("sec").replace(microsecond=body.integer("usec", 0, 999_999))
    else:
        at = body.unix("usec")
    if source.options.get(LOCAL_CLOCK):
        at = at.replace(tzinfo=ZoneInfo(source.timezone)).astimezone(UTC)
    return at


def _why(person: str, blocked: bool) -> str:
    if blocked:
        return "on the camera's block list"
    return "not alike enough" if person else "stranger"


def _photo(body: Fields) -> bytes | None:
    photos = map(body.values.get, ("face_imgdata", "img_data"))
    return faces.photo(photos)


def _state(_source: Source, said: Fields, envelope: dict[str, Any]) -> Event:
    online = STATES[said.text("cmd", 20)]
    at = envelope["received_at"]
    key = f"{'online' if online else 'offline'} {at.timestamp():.3f}"
    return events.StateReported(online=online, key=key, at=at, **envelope)


def _answer(_source: Source, said: Fields, envelope: dict[str, Any]) -> Event:
    cmd_id = word(said, "cmd_id", longest=40)
    if not cmd_id:
        raise rejected("cmd_id", "missing")
    code = said.integer("code", -1_000_000, 1_000_000)
    reason = ERRORS.get(str(code)) or word(said, "reply") or "it failed"
    return events.CommandAnswered(
        cmd_id=cmd_id,
        ok=code == ACCEPTED,
        error="" if code == ACCEPTED else f"{reason} (code {code})",
        key=f"answer {cmd_id}",
        at=envelope["received_at"],
        **envelope,
    )


# -- what the camera is told -------------------------------------------------------------------


def _open(_order: Order) -> dict[str, Any]:
    return {"cmd": "gpio control", "ctrl_type": "on"}


def _restart(_order: Order) -> dict[str, Any]:
    return {"cmd": "reboot_cam"}


def _put_person(order: Order) -> dict[str, Any]:
    args = Fields(dict(order.args), "args")
    if args.has("photo"):
        raise args.rejected("photo", "photo_unsupported")
    person = faces.read_person(order)
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
    """Return when the person may pass, in milliseconds, as the one integration that sends it."""
    if person.begins_at is None or person.ends_at is None:
        return {}
    begins, ends = (int(at.timestamp() * 1000) for at in (person.begins_at, person.ends_at))
    return {"s_time": begins, "e_time": ends}


def _delete_person(order: Order) -> dict[str, Any]:
    return {"cmd": "delete_face", "type": ONE_PERSON, "per_id": faces.read_person_id(order)}


_WRITERS: dict[str, Callable[[Order], dict[str, Any]]] = {
    "open": _open,
    "restart": _restart,
    "put_person": _put_person,
    "delete_person": _delete_person,
}
