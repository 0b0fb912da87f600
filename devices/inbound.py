"""From a message of the broker to what the apps make of it, in one transaction.

Registry, driver, the stored event, the apps' handlers: all of it happens or none. What is refused
becomes a dead letter, so a message never stops the one behind it; only a database
that is away does.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.db import connection, transaction

from core.errors import Rejection
from core.events import publish
from devices import alarms, commands, dead_letters, drivers, events, presence, registry
from devices.dispatch import UNAVAILABLE
from devices.drivers.contract import AcknowledgingDriver, RedactingDriver
from devices.events import Event
from devices.models import DeadLetter, Device
from devices.registry import Registered
from devices.telemetry import services as telemetry

_STORE = """
INSERT INTO devices_deviceevent (device_id, key, type, at, received_at, detail)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (device_id, key) DO NOTHING RETURNING id
"""
_ENVELOPE = {"device_id", "site_id", "key", "at", "received_at", "values", "heard"}
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
    events.Noted: "note",
}


def receive(topic: str, payload: bytes, received_at: datetime) -> Event | None:
    """Take one message for good: what it says is done and returned, or it is a dead letter.

    Raises:
        OperationalError, InterfaceError: the database did not do its part. Nothing was written, and
            the same message may be given again.
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
    """Store what the message says and hand it to the apps; a second copy changes nothing.

    Raises:
        Rejection: the message, its device or its topic is not right.
    """
    addressed = registry.address(topic, payload)
    event = addressed.driver.read(addressed.source(), addressed.sender, payload, received_at)
    _reply(addressed, payload)
    _take(event, addressed.device)
    return event


def _take(event: Event, device: Registered | None) -> None:
    """Keep what the event says, each of its kinds in its own way, and its alarms and numbers."""
    if isinstance(event, events.Measured):
        _measure(event)
    elif isinstance(event, events.AlarmsReported) or _nothing_new(event, device):
        telemetry.add_values(event)
    elif _store(event):
        telemetry.add_values(event)
        _act(event)
    if event.alarms:
        _hear_alarms(event)


def _measure(event: events.Measured) -> None:
    """Keep the numbers; a second copy, of which none is new, is told to nobody."""
    if telemetry.add_values(event):
        publish(event)


def _hear_alarms(event: Event) -> None:
    """Store and hand on what is news of the device's alarms."""
    news = alarms.take(event)
    if news:
        changed = _alarms_of(event, news)
        if _store(changed):
            publish(changed)


def _alarms_of(event: Event, news: Mapping[str, bool]) -> events.AlarmsReported:
    """Return what the event says of alarms as an event that says nothing else."""
    if isinstance(event, events.AlarmsReported):
        return dataclasses.replace(event, alarms=news)
    return events.AlarmsReported(
        device_id=event.device_id,
        site_id=event.site_id,
        key=f"alarms {hashlib.sha256(event.key.encode()).hexdigest()}",
        at=event.at,
        received_at=event.received_at,
        alarms=news,
    )


def refuse(topic: str, payload: bytes, error: Exception, received_at: datetime) -> DeadLetter:
    """Make a dead letter of the message, at its device's site or at the one its topic names."""
    rejection = error if isinstance(error, Rejection) else dead_letters.broken(topic, error)
    addressed = _addressed(topic, payload)
    with transaction.atomic():
        _reply(addressed, payload)
        payload = _stripped(addressed, topic, payload)
        return dead_letters.keep(topic, payload, rejection, _site_of(addressed), received_at)


def _nothing_new(event: Event, device: Registered | None) -> bool:
    """Whether it is a heartbeat: the device is known to be what it says it is."""
    if not isinstance(event, events.StateReported) or device is None:
        return False
    if (event.firmware or device.firmware) != device.firmware:
        return False
    if (event.model or device.model) != device.model:
        return False
    return device.state == (Device.State.ONLINE if event.online else Device.State.OFFLINE)


def _store(event: Event) -> bool:
    """Insert the event; False when it is there already."""
    row = (event.device_id, event.key, _TYPES[type(event)], event.at, event.received_at)
    with connection.cursor() as cursor:
        cursor.execute(_STORE, (*row, json.dumps(_detail(event), ensure_ascii=False)))
        return cursor.fetchone() is not None


def _detail(event: Event) -> dict[str, Any]:
    """Return what the event adds to its envelope, as JSON; a photo by its size."""
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


def _act(event: Event) -> None:
    if isinstance(event, events.CommandAnswered):
        commands.settle(event)
    if isinstance(event, events.StateReported) and not presence.set_state(event):
        return
    publish(event)


def _addressed(topic: str, payload: bytes) -> registry.Addressed | None:
    """Return whose message it is; None when nobody can tell."""
    try:
        return registry.address(topic, payload)
    except Rejection:
        return None


def _reply(addressed: registry.Addressed | None, payload: bytes) -> None:
    """Have a device that waits for it told that its message was taken, once that is committed."""
    if addressed is None or not hasattr(addressed.driver, "acknowledge"):
        return
    try:
        source = addressed.source()
    except Rejection:  # of nobody who may say anything here
        return
    reply = cast("AcknowledgingDriver", addressed.driver).acknowledge(
        source, addressed.sender, payload
    )
    if reply is not None:
        transaction.on_commit(partial(commands.publish_reply, reply), robust=True)


def _stripped(addressed: registry.Addressed | None, topic: str, payload: bytes) -> bytes:
    """Return what is kept of a refused message."""
    if addressed is None:
        return drivers.redact(topic, payload)
    if not hasattr(addressed.driver, "redact"):
        return payload
    return cast("RedactingDriver", addressed.driver).redact(payload)


def _site_of(addressed: registry.Addressed | None) -> int | None:
    """Return whose staff may see the message: its device's site before all.

    A device may publish only below its own name, so a topic that names another site is still a
    message of that device.
    """
    if addressed is None:
        return None
    if addressed.device is not None:
        return addressed.device.site_id
    return dead_letters.site_named(addressed.sender.site)
