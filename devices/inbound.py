"""Process messages of the broker, from the registry to the apps.

The registry lookup, the driver, the stored event and the apps' handlers all succeed in one
transaction, or nothing is stored. A rejected message becomes a dead letter, so it never blocks the
next one; only an unavailable database does. Cars that are seen at several lanes at once, and the
records of a camera that was offline, are read with `read_all` and accepted together.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar, cast

from django.db import connection, transaction

from core.errors import Rejection
from core.events import publish, publish_together
from devices import alarms, commands, dead_letters, drivers, events, presence, registry
from devices.clocks import MAX_DELAY
from devices.dispatch import UNAVAILABLE
from devices.drivers.contract import AcknowledgingDriver, BatchDriver, RedactingDriver
from devices.events import Event
from devices.models import DeadLetter, Device
from devices.registry import Registered
from devices.rejections import rejected
from devices.telemetry import services as telemetry

_STORE = """
INSERT INTO devices_deviceevent (device_id, key, type, at, received_at, detail)
VALUES {rows} ON CONFLICT (device_id, key) DO NOTHING RETURNING device_id, key
"""
_ROW = "(%s, %s, %s, %s, %s, %s)"
_ENVELOPE = {
    "device_id",
    "site_id",
    "key",
    "at",
    "received_at",
    "values",
    "buffered",
    "from_device",
}
# Whoever knows a PIN or a code can use it: none is stored.
_SECRET_MEANS = ("pin", "qr")
E = TypeVar("E", bound=Event)
_TYPES: dict[type[Event], str] = {
    events.PlateSeen: "plate",
    events.CarMoved: "movement",
    events.BayChanged: "bay",
    events.PhotoTaken: "photo",
    events.StateReported: "state",
    events.CommandAnswered: "answer",
    events.CredentialSeen: "credential",
    events.CredentialAsked: "ask",
    events.DoorMoved: "door",
    events.BarrierMoved: "barrier",
    events.AlarmsReported: "alarm",
    events.MessageLogged: "note",
}


def receive(topic: str, payload: bytes, received_at: datetime) -> Event | None:
    """Handle a message and return its event; store it as a dead letter if it is rejected.

    Raises:
        OperationalError, InterfaceError: the database is not available. Nothing was written, and
            the message may be handled again.
    """
    try:
        return accept(topic, payload, received_at)
    except UNAVAILABLE:
        raise
    except Exception as error:
        refuse(topic, payload, error, received_at)
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class CarRead:
    """A camera's message about a car that its driver has read; nothing is stored of it yet.

    Attributes:
        event: the car as the camera saw it.
        is_late: it tells of a time that is over, as the records of a camera do that was offline.
    """

    addressed: registry.Addressed
    payload: bytes
    event: events.PlateSeen
    is_late: bool


def read_cars(messages: Sequence[tuple[str, bytes, datetime]]) -> list[CarRead | None]:
    """Read messages, each with its topic and time of receipt, with one query for their devices.

    None stands for what `receive` handles alone: a message that is not about a seen car, or one
    that is rejected.
    """
    found = registry.address_all([(topic, payload) for topic, payload, _at in messages])
    return [
        _read_car(addressed, payload, received_at) if addressed else None
        for addressed, (_topic, payload, received_at) in zip(found, messages, strict=True)
    ]


def _read_car(
    addressed: registry.Addressed, payload: bytes, received_at: datetime
) -> CarRead | None:
    try:
        (event,) = _events(addressed, payload, received_at)
    except Exception:
        return None  # `receive` stores the reason; a message of several readings is no car
    if not isinstance(event, events.PlateSeen):
        return None
    offset_ms = addressed.device.clock_offset_ms if addressed.device else None
    lag = received_at - event.at + timedelta(milliseconds=offset_ms or 0)
    is_late = event.buffered or min(lag, received_at - event.at) > MAX_DELAY
    return CarRead(addressed, payload, event, is_late)


@transaction.atomic
def accept_cars(cars: Sequence[CarRead]) -> list[Event]:
    """Store the cars and publish them to the apps together; a duplicate changes nothing.

    If one of them fails, nothing is stored, and each is to be received alone.
    """
    for car in cars:
        _reply(car.addressed, car.payload)
    seen = [car.event for car in cars]
    new = _store_all(seen)
    for event in new:
        telemetry.add_values(event)
    if new:
        publish_together(new)
    for event in seen:
        if event.alarms:
            _process_alarms(event)
    return list(seen)


@transaction.atomic
def accept(topic: str, payload: bytes, received_at: datetime) -> Event:
    """Store the message's events and publish them to the apps; a duplicate changes nothing.

    Returns:
        The event; of several readings the newest.

    Raises:
        Rejection: the message, its device or its topic is invalid.
    """
    addressed = registry.address(topic, payload)
    found = _events(addressed, payload, received_at)
    _reply(addressed, payload)
    for event in found:
        _process(event, addressed.device)
    return found[-1]


def _events(
    addressed: registry.Addressed, payload: bytes, received_at: datetime
) -> Sequence[Event]:
    """Return the message's events, at least one, the oldest first."""
    driver, source = addressed.driver, addressed.source()
    largest = driver.MANIFEST.max_bytes
    if len(payload) > largest:
        raise rejected("payload", "payload_too_large", size=len(payload), largest=largest)
    if hasattr(driver, "read_all"):
        batch = cast("BatchDriver", driver)
        return batch.read_all(source, addressed.sender, payload, received_at)
    return [driver.read(source, addressed.sender, payload, received_at)]


def _process(event: Event, device: Registered | None) -> None:
    """Store and publish the event according to its type, with its alarms and values."""
    if isinstance(event, events.Measured):
        _process_measurement(event)
    elif isinstance(event, events.AlarmsReported) or _is_heartbeat(event, device):
        telemetry.add_values(event)
    elif _store(event):
        telemetry.add_values(event)
        _apply(event)
    if event.alarms:
        _process_alarms(event)


def _process_measurement(event: events.Measured) -> None:
    """Store the values, and publish the event unless it is a duplicate."""
    if telemetry.add_values(event):
        publish(event)


def _process_alarms(event: Event) -> None:
    """Store alarm transitions and publish them."""
    transitions = alarms.record_alarms(event)
    if transitions:
        changed = _alarm_event(event, transitions)
        if _store(changed):
            publish(changed)


def _alarm_event(event: Event, transitions: Mapping[str, bool]) -> events.AlarmsReported:
    """Return the alarm transitions of any event as an `AlarmsReported`."""
    if isinstance(event, events.AlarmsReported):
        return dataclasses.replace(event, alarms=transitions)
    return events.AlarmsReported(
        device_id=event.device_id,
        site_id=event.site_id,
        key=f"alarms {hashlib.sha256(event.key.encode()).hexdigest()}",
        at=event.at,
        received_at=event.received_at,
        alarms=transitions,
    )


def refuse(topic: str, payload: bytes, error: Exception, received_at: datetime) -> DeadLetter:
    """Store the message as a dead letter of its device's site, or of the site in its topic."""
    rejection = (
        error if isinstance(error, Rejection) else dead_letters.handler_failure(topic, error)
    )
    addressed = _addressed(topic, payload)
    with transaction.atomic():
        _reply(addressed, payload)
        payload = _without_secrets(addressed, topic, payload)
        return dead_letters.store(topic, payload, rejection, _site_of(addressed), received_at)


def _is_heartbeat(event: Event, device: Registered | None) -> bool:
    """Return whether a state report only confirms what is stored of the device."""
    if not isinstance(event, events.StateReported) or device is None:
        return False
    if (event.firmware or device.firmware) != device.firmware:
        return False
    if (event.model or device.model) != device.model:
        return False
    return device.state == (Device.State.ONLINE if event.online else Device.State.OFFLINE)


def _store(event: Event) -> bool:
    """Insert the event; return False for a duplicate."""
    return bool(_store_all([event]))


def _store_all(several: Sequence[E]) -> list[E]:
    """Insert the events; return those that are no duplicates, in their order."""
    values: list[Any] = []
    for event in several:
        values += (event.device_id, event.key, _TYPES[type(event)], event.at, event.received_at)
        values.append(json.dumps(_detail(event), ensure_ascii=False))
    with connection.cursor() as cursor:
        cursor.execute(_STORE.format(rows=", ".join([_ROW] * len(several))), values)
        new = set(cursor.fetchall())
    return [each for each in several if _is_first(each, new)]


def _is_first(event: Event, new: set[tuple[int, str]]) -> bool:
    """Whether a new event comes for the first time; it is removed from the new ones."""
    pair = (event.device_id, event.key)
    is_new = pair in new
    new.discard(pair)
    return is_new


def _detail(event: Event) -> dict[str, Any]:
    """Return the event's own fields as JSON; photos are represented by their sizes."""
    detail = {
        field.name: getattr(event, field.name)
        for field in dataclasses.fields(event)
        if field.name not in _ENVELOPE
    }
    if not isinstance(event, events.AlarmsReported):
        detail.pop("alarms")
    for prefix in ("", "second_"):
        if detail.get(f"{prefix}means") in _SECRET_MEANS:
            detail[f"{prefix}credential"] = ""
    if isinstance(detail.get("image"), bytes):
        detail["image"] = len(detail["image"])
    if "more_images" in detail:
        detail["more_images"] = [len(image) for image in detail["more_images"]]
    return detail


def _apply(event: Event) -> None:
    if isinstance(event, events.CommandAnswered):
        commands.record_answer(event)
    if isinstance(event, events.StateReported) and not presence.set_state(event):
        return
    publish(event)


def _addressed(topic: str, payload: bytes) -> registry.Addressed | None:
    """Return driver, sender and device of a message; None if they cannot be determined."""
    try:
        return registry.address(topic, payload)
    except Rejection:
        return None


def _reply(addressed: registry.Addressed | None, payload: bytes) -> None:
    """Publish the driver's acknowledgement after the commit, if its devices expect one."""
    if addressed is None or not hasattr(addressed.driver, "acknowledge"):
        return
    try:
        source = addressed.source()
    except Rejection:  # the sender may not publish here
        return
    reply = cast("AcknowledgingDriver", addressed.driver).acknowledge(
        source, addressed.sender, payload
    )
    if reply is not None:
        transaction.on_commit(partial(commands.publish_reply, reply), robust=True)


def _without_secrets(addressed: registry.Addressed | None, topic: str, payload: bytes) -> bytes:
    """Return the payload to store of a rejected message, without secrets."""
    if addressed is None:
        return drivers.redact(topic, payload)
    if not hasattr(addressed.driver, "redact"):
        return payload
    return cast("RedactingDriver", addressed.driver).redact(payload)


def _site_of(addressed: registry.Addressed | None) -> int | None:
    """Return the site whose staff may see the message: its device's, if there is a device.

    A device may publish only below its own name, so a message stays the device's own even if its
    topic names another site.
    """
    if addressed is None:
        return None
    if addressed.device is not None:
        return addressed.device.site_id
    return dead_letters.site_named(addressed.sender.site)
