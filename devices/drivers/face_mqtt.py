"""Face terminals with topics below ``mqtt/face/{ID}``: one protocol, sold by many makers.

Sources: devices.md for the topics; for the bodies the documents and working integrations named in
docs/devices/face-mqtt.md, which also lists where they differ. The terminal decides by the list of
persons it was sent. It can't check signatures: the broker's rules protect it.
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
from devices.drivers.face_mqtt_commands import COMMANDS, message_to
from devices.drivers.faces import KEEP_TEMPERATURE, SHARED_TOPIC, first_text
from devices.drivers.parsing import Fields, boolean_options, check_instant, json_object
from devices.events import Event
from devices.rejections import rejected

# A face of up to 1 MB and a scene of up to 2 MB, each a third more in base64.
LARGEST_MESSAGE = 5 * 1024 * 1024
LONGEST_OPERATOR = 60
LONGEST_CODE = 512
CHANNELS = ("Rec", "Snap", "QRCode", "Card", "Ack", "heartbeat", "basic")
SHARED = {"mqtt/face/heartbeat": "heartbeat", "mqtt/face/basic": "basic"}
# The channel's prefix for messages on a topic that all terminals share.
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
FULL, ABSENT = "467", "461"
PROBLEMS = {FULL: "full", ABSENT: "absent"} | dict.fromkeys(
    ("463", "464", "468", "469", "470", "471", "478"), "photo"
)
# The answers that hold entries of the list.
LISTS = ("SearchPersonList-Ack", "SearchPerson-Ack")
COUNT = "QueryPerson-Ack"
# The kind of record that an acknowledgement names (PushAckType).
STRANGER, RECORD, OTHER = 1, 2, 3


def check_options(options: Options) -> dict[str, Any]:
    """Check the options ``shared_topic`` and ``keep_temperature``.

    Raises:
        Rejection: an option is unknown, or neither true nor false.
    """
    return boolean_options(options, {SHARED_TOPIC, KEEP_TEMPERATURE})


MANIFEST = Manifest(
    name="face-mqtt",
    title="Face terminal, mqtt/face",
    maker="various",
    topics=(*(f"mqtt/face/+/{channel}" for channel in CHANNELS), *SHARED),
    publishes=tuple(f"mqtt/face/{{name}}/{channel}" for channel in CHANNELS),
    subscribes=("mqtt/face/{name}",),
    event_types=frozenset({"credential", "state", "answer", "note", "numbers"}),
    actions=frozenset(COMMANDS),
    secret_args=faces.PERSON_SECRETS,
    signs_in_with=SignsInWith.SERIAL,
    max_bytes=LARGEST_MESSAGE,
    bytes_per_s=2 * 1024 * 1024,
    level=Level.SILVER,
    publishes_if={SHARED_TOPIC: tuple(SHARED)},
    check_options=check_options,
    interval_s=180,  # three heartbeats
    doors=DoorAbilities(
        most=1,
        decides=True,
        means=frozenset({"card", "face", "qr"}),
        list_of=ListOf.PERSONS,
        lists=True,
        card_digits=faces.LONGEST_CARD,
    ),
)


def sender(topic: str, payload: bytes = b"") -> Sender | None:
    """Return the sender: by the topic, or by the message on a topic that all terminals share.

    Raises:
        Rejection: it is on a shared topic and names no terminal.
    """
    if topic in SHARED:
        info = json_object(payload, LARGEST_MESSAGE).section("info")
        terminal = first_text(info, "facesluiceId", "DeviceID")
        if not terminal:
            raise rejected("info.facesluiceId", "missing")
        return Sender(name=terminal, channel=SHARED_MARK + SHARED[topic])
    parts = topic.split("/")
    if len(parts) != 4 or parts[:2] != ["mqtt", "face"] or parts[3] not in _READERS:
        return None
    return Sender(name=parts[2], channel=parts[3])


@dataclass(frozen=True)
class _Message:
    """A message with its sender and time."""

    source: Source
    body: Fields
    info: Fields
    operator: str
    payload: bytes
    received_at: datetime

    def envelope(self, key: str, at: datetime) -> dict[str, Any]:
        return self.source.envelope(self.received_at) | {"key": key, "at": at}

    def happened_at(self) -> datetime:
        """Return the terminal's time, which it writes as the site's local time."""
        field = "CreateTime" if self.info.has("CreateTime") else "time"
        at = self.info.local_instant(field, self.source.timezone, self.received_at)
        return check_instant(at, self.received_at, self.info.name(field))

    def reported_at(self) -> datetime:
        """Return the terminal's time where it can be parsed, else ours."""
        try:
            return self.info.local_instant("time", self.source.timezone, self.received_at)
        except Rejection:
            return self.received_at

    def record_number(self, *numbers: str) -> str:
        """Return the terminal's own number of the record, else a hash of the message."""
        own = first_text(self.info, *numbers, longest=40)
        return own or hashlib.sha256(self.payload).hexdigest()[:16]

    def photo(self) -> bytes | None:
        """Return the photo of the face; the scene around it is not stored."""
        photos = (self.info.values.get("pic"), *map(self.body.values.get, ("pic", "SanpPic")))
        return faces.photo(photos)


def read(source: Source, sender: Sender, payload: bytes, received_at: datetime) -> Event:
    """Parse a message into an event.

    Raises:
        Rejection: it is malformed, names another terminal, or came on a shared topic without the
            terminal's option for that.
    """
    body = json_object(payload, LARGEST_MESSAGE)
    info = body.section("info")
    terminal = first_text(info, "facesluiceId", "DeviceID")
    if terminal and terminal != source.name:
        raise rejected("info.facesluiceId", "topic_mismatch")
    channel = sender.channel.removeprefix(SHARED_MARK)
    if channel != sender.channel:
        faces.check_shared_topic(source, f"mqtt/face/{source.name}/{channel}")
    operator = body.text("operator", LONGEST_OPERATOR)
    message = _Message(source, body, info, operator, payload, received_at)
    return _READERS[channel](message)


def acknowledge(source: Source, sender: Sender, payload: bytes) -> OutgoingMessage | None:
    """Return the acknowledgement: the terminal repeats records, snapshots and "online" until then.

    On a shared topic any terminal could ask in its name, so its own option has to allow that.
    """
    if sender.channel.startswith(SHARED_MARK) and not source.options.get(SHARED_TOPIC):
        return None
    try:
        body = json_object(payload, LARGEST_MESSAGE)
        info = body.section("info")
        if body.values.get("operator") == "Online":
            taken: dict[str, Any] = {"facesluiceId": source.name, "result": "ok"}
            return message_to(source.name, f"online-{source.name}", "Online-Ack", taken)
        for kind, field in _NUMBERED.get(sender.channel, ()):
            if number := first_text(info, field, longest=18):
                same = int(number) if number.isascii() and number.isdigit() else number
                taken = {"PushAckType": kind, "SnapOrRecordID": same}
                return message_to(source.name, f"taken-{kind}-{number}", "PushAck", taken)
    except Rejection:
        return None  # the message names no record to acknowledge
    return None


def redact(payload: bytes) -> bytes:
    """Return a rejected message without its photos, for storage."""
    return faces.without_photos(payload)


def write(command: DeviceCommand) -> OutgoingMessage:
    """Return the command on ``mqtt/face/{ID}``.

    Actions: ``open`` and ``restart`` take no arguments; ``put_person`` those of
    `faces.read_person`, and updates a person the terminal has; ``delete_person`` takes ``person``.

    Raises:
        Rejection: the action is not supported, an argument is wrong, or its id is unknown.
    """
    command.check_action(MANIFEST.actions)
    serial = command.require_serial()
    operator, info = COMMANDS[command.action](command)
    return message_to(serial, command.cmd_id, operator, {"facesluiceId": serial, **info})


# -- messages from the terminal --------------------------------------------------------------------


def _record(message: _Message) -> Event:
    if message.operator not in ("RecPush", "VerifyPush"):
        return _message_logged(message)
    info = message.info
    at = message.happened_at()
    status = first_text(info, "VerifyStatus", longest=10)
    if not status:
        raise info.rejected("VerifyStatus", "missing")
    score = faces.number(first_text(info, "similarity1", "Similarity1"), 0, 100)
    means, credential = _means(info, score)
    return events.CredentialSeen(
        means=means,
        credential=_person(info) or credential,
        granted=status == ALLOWED,
        direction=DIRECTIONS.get(first_text(info, "direction", "Direction"), ""),
        reason="" if status == ALLOWED else STATUSES.get(status, f"status {status}"),
        score=score / 100 if score and means == "face" else None,
        image=message.photo(),
        values=_temperature(message),
        **message.envelope(f"rec {message.record_number('RecordID')} {at.timestamp():.0f}", at),
    )


def _means(info: Fields, score: float | None) -> tuple[str, str]:
    """Return the means of identification and its credential, for persons without an id."""
    if code := first_text(info, "szQrCodeData", longest=LONGEST_CODE):
        return "qr", code
    card = first_text(info, "RFIDCard", "MjCardNo")
    return ("face", "") if score or not card else ("card", card)


def _person(info: Fields) -> str:
    """Return our id of the person; empty for one who was enrolled at the terminal."""
    person = first_text(info, "customId", "CustomID", "CustomizeID", longest=faces.LONGEST_ID)
    return "" if person == "0" else person


def _temperature(message: _Message) -> dict[str, float]:
    return faces.temperature(message.source, message.info, "temperature", "Temperature")


def _snapshot(message: _Message) -> Event:
    if message.operator not in ("StrSnapPush", "SnapPush"):
        return _message_logged(message)
    at = message.happened_at()
    return events.CredentialSeen(
        means="face",
        credential="",
        granted=False,
        reason="stranger",
        image=message.photo(),
        values=_temperature(message),
        **message.envelope(f"snap {message.record_number('SnapID')} {at.timestamp():.0f}", at),
    )


def _qr_code(message: _Message) -> Event:
    code = first_text(message.info, "QRCodeInfo", "QRcodeInfo", longest=LONGEST_CODE)
    if not code:
        raise message.info.rejected("QRCodeInfo", "missing")
    return _undecided(message, "qr", code)


def _card(message: _Message) -> Event:
    inside = message.info.values.get("CardInfo")
    cards = (
        Fields(inside, message.info.name("CardInfo")) if isinstance(inside, dict) else message.info
    )
    card = first_text(cards, "CardNum")
    if not card:
        raise cards.rejected("CardNum", "missing")
    return _undecided(message, "card", card)


def _undecided(message: _Message, means: str, credential: str) -> Event:
    """Return a credential that the terminal forwards without a decision, waiting to be opened."""
    at = message.happened_at() if message.info.has("time") else message.received_at
    shown = hashlib.sha256(credential.encode()).hexdigest()[:16]
    return events.CredentialSeen(
        means=means,
        credential=credential,
        granted=False,
        reason=STATUSES["22"],
        **message.envelope(f"{means} {shown} {at.timestamp():.3f}", at),
    )


def _alive(message: _Message) -> Event:
    at = message.reported_at()
    online = message.operator != "Offline"
    return events.StateReported(
        online=online, **message.envelope(f"{message.operator} {at.timestamp():.0f}", at)
    )


def _basic(message: _Message) -> Event:
    return (
        _alive(message) if message.operator in ("Online", "Offline") else _message_logged(message)
    )


def _answer(message: _Message) -> Event:
    at = message.received_at
    if message.operator == "PushAck-Ack":  # it confirms our reply: a sign of life only
        return events.StateReported(online=True, **message.envelope(f"heard {at.timestamp()}", at))
    cmd_id = message.body.text("messageId", 40)
    code = first_text(message.body, "code", longest=20)
    result = first_text(message.info, "result", "Result", longest=40).lower()
    if not code and not result:
        raise rejected("info.result", "missing")
    ok = code in ("", ACCEPTED) and result in ("", "ok")
    return events.CommandAnswered(
        cmd_id=cmd_id,
        ok=ok,
        error="" if ok else _error(message, code),
        problem="" if ok else PROBLEMS.get(code, ""),
        listed=_listed(message.info) if ok and message.operator in LISTS else None,
        count=_count(message.info) if ok and message.operator == COUNT else None,
        **message.envelope(f"answer {cmd_id}", at),
    )


def _count(info: Fields) -> int | None:
    text = first_text(info, "PersonNum", "personNum", "TotalNum", "Total", longest=10)
    return int(text) if text.isascii() and text.isdigit() else None


def _listed(info: Fields) -> dict[str, dict[str, Any]]:
    """Return the persons of an answer by our own id; those enrolled at the terminal have none.

    A list has one object for each person; the answer about one person is that person's own.
    """
    rows = [info.section(name) for name in info.values if name.startswith("Personinfo_")]
    found = {}
    for row in rows or [info]:
        if person := _person(row):
            found[person] = {"card": first_text(row, "RFIDCard", longest=20)}
    return found


def _error(message: _Message, code: str) -> str:
    detail = ERRORS.get(code) or first_text(message.info, "detail", "Detail") or "it failed"
    return f"{detail} (code {code})" if code else detail


def _message_logged(message: _Message) -> Event:
    at = message.reported_at()
    key = f"note {message.record_number('SnapOrRecordID')} {at.timestamp():.0f}"
    return events.MessageLogged(what=message.operator, **message.envelope(key, at))


_READERS: dict[str, Callable[[_Message], Event]] = {
    "Rec": _record,
    "Snap": _snapshot,
    "QRCode": _qr_code,
    "Card": _card,
    "Ack": _answer,
    "heartbeat": _alive,
    "basic": _basic,
}
# The record number that an acknowledgement names, by channel.
_NUMBERED = {
    "Rec": ((RECORD, "RecordID"),),
    "Snap": ((STRANGER, "SnapID"), (OTHER, "SnapOrRecordID")),
}
