"""Face terminals that speak below ``mqtt/face/{ID}``: one protocol, sold by many makers.

Sources: devices.md for the topics; for the bodies the papers and the working integrations named in
docs/devices/face-mqtt.md, which also says where they differ. The terminal decides by the list that
it was given. It can't check a signature: the broker's rules protect it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import Rejection
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
from devices.drivers.face_mqtt_orders import ORDERS, told
from devices.drivers.faces import KEEP_TEMPERATURE, SHARED_TOPIC, word
from devices.drivers.parsing import Fields, boolean_options, check_instant, json_object
from devices.events import Event
from devices.rejections import rejected

# A face of up to 1 MB and a scene of up to 2 MB, each a third more in base64.
LARGEST_MESSAGE = 5 * 1024 * 1024
LONGEST_OPERATOR = 60
LONGEST_CODE = 512
SHARED = {"mqtt/face/heartbeat": "heartbeat", "mqtt/face/basic": "basic"}
# Before the channel of what came on a topic that all terminals share.
SHARED_MARK = "shared/"
ALLOWED = "1"
STATUSES = {
    "0": "not verified",
    "2": "refused",
    "3": "not registered",
    "22": "waits for the platform",
}
DIRECTIONS = {"entr": "in", "1": "in", "exit": "out", "2": "out"}
ACCEPTED = "200"
ERRORS = {
    "460": "the message is larger than it takes",
    "461": "no such person",
    "463": "the photograph can't be decoded",
    "464": "no face is found in the photograph",
    "465": "its database failed",
    "467": "its list is full",
    "468": "the photograph at the address is too small",
    "469": "the photograph at the address is too large",
    "470": "the photograph's address is not found",
    "471": "the photograph's address does not answer",
    "478": "the face is too much like another person's",
}
# What a reply calls the number of what was taken (PushAckType).
STRANGER, RECORD, OTHER = 1, 2, 3


def check_options(options: Options) -> dict[str, Any]:
    """Return the options as they are kept: ``shared_topic`` and ``keep_temperature``.

    Raises:
        Rejection: one is not known, or is neither true nor false.
    """
    return boolean_options(options, {SHARED_TOPIC, KEEP_TEMPERATURE})


MANIFEST = Manifest(
    name="face-mqtt",
    title="Face terminal, mqtt/face",
    maker="various",
    topics=(
        "mqtt/face/+/Rec",
        "mqtt/face/+/Snap",
        "mqtt/face/+/QRCode",
        "mqtt/face/+/Card",
        "mqtt/face/+/Ack",
        "mqtt/face/+/heartbeat",
        "mqtt/face/+/basic",
        *SHARED,
    ),
    publishes=("mqtt/face/{name}/+",),
    listens=("mqtt/face/{name}",),
    can=frozenset({"credential", "state", "answer", "note", "numbers"}),
    actions=frozenset(ORDERS),
    secret_args=faces.PERSON_SECRETS,
    signs_in_with=SignsInWith.SERIAL,
    largest=LARGEST_MESSAGE,
    level=Level.SILVER,
    publishes_if={SHARED_TOPIC: tuple(SHARED)},
    check_options=check_options,
    interval_s=180,  # three heartbeats
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return who sends: by the topic, or by the message on a topic that all terminals share.

    Raises:
        Rejection: it came on a shared topic and names no terminal.
    """
    if topic in SHARED:
        info = json_object(payload, LARGEST_MESSAGE).section("info")
        named = word(info, "facesluiceId", "DeviceID")
        if not named:
            raise rejected("info.facesluiceId", "missing")
        return Sender(name=named, channel=SHARED_MARK + SHARED[topic])
    parts = topic.split("/")
    if len(parts) != 4 or parts[:2] != ["mqtt", "face"] or parts[3] not in _READERS:
        return None
    return Sender(name=parts[2], channel=parts[3])


@dataclass(frozen=True)
class _Heard:
    """A message, and who said it when."""

    source: Source
    said: Fields
    info: Fields
    operator: str
    payload: bytes
    received_at: datetime

    def envelope(self, key: str, at: datetime) -> dict[str, Any]:
        return self.source.envelope(self.received_at) | {"key": key, "at": at}

    def happened_at(self) -> datetime:
        """Return the terminal's own time, which it writes as the site's without an offset."""
        field = "CreateTime" if self.info.has("CreateTime") else "time"
        at = self.info.local_instant(field, self.source.timezone, self.received_at)
        return check_instant(at, self.received_at, self.info.name(field))

    def said_at(self) -> datetime:
        """Return its time where it says one that can be read, else ours."""
        try:
            return self.info.local_instant("time", self.source.timezone, self.received_at)
        except Rejection:
            return self.received_at

    def mark(self, *numbers: str) -> str:
        """Return the terminal's own number of what it says, else one made of all that it says."""
        own = word(self.info, *numbers, longest=40)
        return own or hashlib.sha256(self.payload).hexdigest()[:16]

    def photo(self) -> bytes | None:
        """Return the face that came along; the scene around it is nobody's business here."""
        photos = (self.info.values.get("pic"), *map(self.said.values.get, ("pic", "SanpPic")))
        return faces.photo(photos)


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Return what the message says.

    Raises:
        Rejection: it is malformed, speaks for another terminal, or came on a shared topic
            though the terminal's option does not allow that.
    """
    said = json_object(payload, LARGEST_MESSAGE)
    info = said.section("info")
    named = word(info, "facesluiceId", "DeviceID")
    if named and named != source.name:
        raise rejected("info.facesluiceId", "topic_mismatch")
    channel = sender.channel.removeprefix(SHARED_MARK)
    if channel != sender.channel:
        faces.check_shared(source, f"mqtt/face/{source.name}/{channel}")
    operator = said.text("operator", LONGEST_OPERATOR)
    heard = _Heard(source, said, info, operator, payload, received_at)
    return _READERS[channel](heard)


def reply(source: Source, sender: Sender, payload: bytes) -> Outgoing | None:
    """Return what the terminal waits for: it repeats records, snapshots and "online" until then.

    On a topic that all share any of them could ask in its name, so its own option has to allow it.
    """
    if sender.channel.startswith(SHARED_MARK) and not source.options.get(SHARED_TOPIC):
        return None
    try:
        said = json_object(payload, LARGEST_MESSAGE)
        info = said.section("info")
        if said.values.get("operator") == "Online":
            taken: dict[str, Any] = {"facesluiceId": source.name, "result": "ok"}
            return told(source.name, f"online-{source.name}", "Online-Ack", taken)
        for kind, field in _NUMBERED.get(sender.channel, ()):
            if number := word(info, field, longest=18):
                same = int(number) if number.isascii() and number.isdigit() else number
                taken = {"PushAckType": kind, "SnapOrRecordID": same}
                return told(source.name, f"taken-{kind}-{number}", "PushAck", taken)
    except Rejection:
        return None  # it says so little that there is nothing to reply to
    return None


def strip(payload: bytes) -> bytes:
    """Return a refused message as it may be kept: without faces."""
    return faces.without_photos(payload)


def write(order: Order) -> Outgoing:
    """Return the command on ``mqtt/face/{ID}``.

    Actions: ``open`` and ``restart`` take no arguments; ``put_person`` those of
    `faces.read_person`, of whom a known one is changed; ``delete_person`` takes ``person``.

    Raises:
        Rejection: the terminal can't do that, an argument is wrong, or its id is not known.
    """
    order.check_action(MANIFEST.actions, faces.TERMINAL)
    serial = order.known_serial("the terminal's id")
    operator, info = ORDERS[order.action](order)
    return told(serial, order.cmd_id, operator, {"facesluiceId": serial, **info})


# -- what the terminal says --------------------------------------------------------------------


def _record(heard: _Heard) -> Event:
    if heard.operator not in ("RecPush", "VerifyPush"):
        return _noted(heard)
    info = heard.info
    at = heard.happened_at()
    status = word(info, "VerifyStatus", longest=10)
    if not status:
        raise info.rejected("VerifyStatus", "missing")
    score = faces.number(word(info, "similarity1", "Similarity1"), 0, 100)
    means, shown = _shown(info, score)
    return events.CredentialSeen(
        means=means,
        credential=_person(info) or shown,
        granted=status == ALLOWED,
        direction=DIRECTIONS.get(word(info, "direction", "Direction"), ""),
        reason="" if status == ALLOWED else STATUSES.get(status, f"status {status}"),
        score=score / 100 if score and means == "face" else None,
        image=heard.photo(),
        values=_temperature(heard),
        **heard.envelope(f"rec {heard.mark('RecordID')} {at.timestamp():.0f}", at),
    )


def _shown(info: Fields, score: float | None) -> tuple[str, str]:
    """Return by what the person was known, and what it says where no person is named."""
    if code := word(info, "szQrCodeData", longest=LONGEST_CODE):
        return "qr", code
    card = word(info, "RFIDCard", "MjCardNo")
    return ("face", "") if score or not card else ("card", card)


def _person(info: Fields) -> str:
    """Return the person's id as we gave it; empty for one who was enrolled at the terminal."""
    person = word(info, "customId", "CustomID", "CustomizeID", longest=faces.LONGEST_ID)
    return "" if person == "0" else person


def _temperature(heard: _Heard) -> dict[str, float]:
    return faces.temperature(heard.source, heard.info, "temperature", "Temperature")


def _snapshot(heard: _Heard) -> Event:
    if heard.operator not in ("StrSnapPush", "SnapPush"):
        return _noted(heard)
    at = heard.happened_at()
    return events.CredentialSeen(
        means="face",
        credential="",
        granted=False,
        reason="stranger",
        image=heard.photo(),
        values=_temperature(heard),
        **heard.envelope(f"snap {heard.mark('SnapID')} {at.timestamp():.0f}", at),
    )


def _qr_code(heard: _Heard) -> Event:
    code = word(heard.info, "QRCodeInfo", "QRcodeInfo", longest=LONGEST_CODE)
    if not code:
        raise heard.info.rejected("QRCodeInfo", "missing")
    return _shown_to_us(heard, "qr", code)


def _card(heard: _Heard) -> Event:
    inside = heard.info.values.get("CardInfo")
    cards = Fields(inside, heard.info.name("CardInfo")) if isinstance(inside, dict) else heard.info
    card = word(cards, "CardNum")
    if not card:
        raise cards.rejected("CardNum", "missing")
    return _shown_to_us(heard, "card", card)


def _shown_to_us(heard: _Heard, means: str, credential: str) -> Event:
    """Return what was shown and not decided: the terminal hands it on and waits to be opened."""
    at = heard.happened_at() if heard.info.has("time") else heard.received_at
    shown = hashlib.sha256(credential.encode()).hexdigest()[:16]
    return events.CredentialSeen(
        means=means,
        credential=credential,
        granted=False,
        reason=STATUSES["22"],
        **heard.envelope(f"{means} {shown} {at.timestamp():.3f}", at),
    )


def _alive(heard: _Heard) -> Event:
    at = heard.said_at()
    online = heard.operator != "Offline"
    return events.StateReported(
        online=online, **heard.envelope(f"{heard.operator} {at.timestamp():.0f}", at)
    )


def _basic(heard: _Heard) -> Event:
    return _alive(heard) if heard.operator in ("Online", "Offline") else _noted(heard)


def _answer(heard: _Heard) -> Event:
    at = heard.received_at
    if heard.operator == "PushAck-Ack":  # that it heard a reply says only that it is there
        return events.StateReported(online=True, **heard.envelope(f"heard {at.timestamp()}", at))
    cmd_id = heard.said.text("messageId", 40)
    code = word(heard.said, "code", longest=20)
    result = word(heard.info, "result", "Result", longest=40).lower()
    if not code and not result:
        raise rejected("info.result", "missing")
    ok = code in ("", ACCEPTED) and result in ("", "ok")
    return events.CommandAnswered(
        cmd_id=cmd_id,
        ok=ok,
        error="" if ok else _error(heard, code),
        **heard.envelope(f"answer {cmd_id}", at),
    )


def _error(heard: _Heard, code: str) -> str:
    detail = ERRORS.get(code) or word(heard.info, "detail", "Detail") or "it failed"
    return f"{detail} (code {code})" if code else detail


def _noted(heard: _Heard) -> Event:
    at = heard.said_at()
    key = f"note {heard.mark('SnapOrRecordID')} {at.timestamp():.0f}"
    return events.Noted(what=heard.operator, **heard.envelope(key, at))


_READERS: dict[str, Callable[[_Heard], Event]] = {
    "Rec": _record,
    "Snap": _snapshot,
    "QRCode": _qr_code,
    "Card": _card,
    "Ack": _answer,
    "heartbeat": _alive,
    "basic": _basic,
}
# Which number a reply to a message of that channel names.
_NUMBERED = {
    "Rec": ((RECORD, "RecordID"),),
    "Snap": ((STRANGER, "SnapID"), (OTHER, "SnapOrRecordID")),
}
