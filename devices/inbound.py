"""Process one message of the broker in one transaction, from the registry to the apps.

The registry lookup, the driver, the stored event and the apps' handlers all succeed, or nothing is
stored. A rejected message becomes a dead letter, so it never blocks the next one; only an
unavailable database does.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.db import connection, transaction

from core.errors import Rejection
from core.events import publish
from devices import alarms, commands, dead_letters, drivers, events, presence, registry
from devices.dispatch import UNAVAILABLE
from devices.drivers.contract import AcknowledgingDriver, BatchDriver, RedactingDriver
from devices.events import Event
from devices.models import DeadLetter, Device
from devices.registry import Registered
from devices.rejections import rejected
from devices.telemetry import services as telemetry

_STORE = """
INSERT INTO devices_deviceevent (device_id, key, type, at, received_at, detail)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (device_id, key) DO NOTHING RETURNING id
"""
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
_TYPES: dict[type[Event], str] = {
    events.PlateSeen: "plate",
    events.CarMoved: "movement",
    events.BayChanged: "bay",
    events.PhotoTaken: "photo",
    events.StateReported: "state",
    events.CommandAnswered: "answer",
    events.CredentialSeen: "credential",
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
    row = (event.device_id, event.key, _TYPES[type(event)], event.at, event.received_at)
    with connection.cursor() as cursor:
        cursor.execute(_STORE, (*row, json.dumps(_detail(event), ensure_ascii=False)))
        return cursor.fetchone() is not None


def _detail(event: Event) -> dict[str, Any]:
    """Return the event's own fields as JSON; a photo is represented by its size."""
    detail = {
        field.name: getattr(event, field.name)
        for field in dataclasses.fields(event)
        if field.name not in _ENVELOPE
    }
    if not isinstance(event, events.AlarmsReported):
        detail.pop("alarms")
    if isinstance(detail.get("image"), bytes):
        detail["image"] = len(detail["image"])
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
