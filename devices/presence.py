"""Presence of devices: collected in memory and written apart from the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from core import live
from devices import clock_offsets, events, topics
from devices.clock_offsets import Measured, Sample
from devices.dispatch import publish_isolated, publish_isolated_together
from devices.events import Event
from devices.models import Device

# Shortest interval between two writes of a device's row; its silence counts from the last one.
WRITE_INTERVAL = timedelta(seconds=3)
MAX_OFFSET_MS = 2**31 - 1  # the column's range
# Events that devices never buffer: their lag is that of the transmission and of the clock.
UNBUFFERED = (events.StateReported, events.CommandAnswered)
# A device without contact for longer than this may have recorded events offline.
MAX_SILENCE_S = 60

# One statement for all devices, because a thousand busy ones must not occupy a CPU core. Several
# processes receive messages of one device; the later contact counts, in any order of the writes.
_WRITE = """
UPDATE devices_device AS device
SET state = 'online', last_seen_at = greatest(device.last_seen_at, contact.at),
    state_since = CASE WHEN device.state = 'online' THEN device.state_since ELSE contact.at END,
    gap_from = CASE WHEN contact.returns THEN device.last_seen_at ELSE device.gap_from END,
    gap_until = CASE WHEN contact.returns THEN contact.at ELSE device.gap_until END,
    alert_after = greatest(device.last_seen_at, contact.at)
        + (device.interval_s + %s) * INTERVAL '1 second',
    recent_offsets = contact.offsets, clock_offset_ms = contact.offset_ms
FROM (
    SELECT device.id, contact.at, contact.offset_ms, contact.offsets::integer[],
        device.state <> 'online'
            OR contact.at - device.last_seen_at > %s * INTERVAL '1 second' AS returns
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::integer[], %s::text[])
        AS contact (id, at, offset_ms, offsets)
    JOIN devices_device AS device ON device.id = contact.id
) AS contact
WHERE device.id = contact.id AND device.enabled
"""


@dataclass
class Contact:
    """The latest contact with one device since the last write, and what its messages show."""

    at: datetime
    samples: list[Sample] = field(default_factory=list)


@dataclass
class Presence:
    """Contacts that are not written yet."""

    contacts: dict[int, Contact] = field(default_factory=dict)

    def record(self, event: Event) -> None:
        """Record the contact, and how far the device's clock is ahead of ours."""
        before = self.contacts.get(event.device_id)
        samples = before.samples if before else []
        offset = _offset_ms(event)
        if offset is not None:
            sample = Sample(offset, isinstance(event, UNBUFFERED))
            samples = clock_offsets.keep_latest(samples, sample)
        self.contacts[event.device_id] = Contact(event.received_at, samples)

    def discard(self, device_id: int) -> None:
        """Discard the contact with a device that has gone offline since."""
        self.contacts.pop(device_id, None)

    def write(self) -> None:
        """Write the recorded contacts in one transaction."""
        contacts, self.contacts = self.contacts, {}
        if contacts:
            write(contacts)


@transaction.atomic
def write(contacts: Mapping[int, Contact]) -> None:
    """Write each device's last contact; publish the devices that were not online before.

    A device that was disabled since its message is not changed.

    Args:
        contacts: by the device's primary key.
    """
    # Locked in a fixed order, so that two processes writing the same devices cannot deadlock.
    devices = list(
        Device.objects.select_for_update(no_key=True)
        .filter(pk__in=contacts, enabled=True)
        .only("site_id", "state", "clock_offset_ms", "recent_offsets")
        .order_by("pk")
    )
    _write([(device, contacts[device.pk]) for device in devices])
    returned = [device for device in devices if device.state != Device.State.ONLINE]
    for device in returned:
        live.announce(topics.DEVICE, device.site_id, device.pk)
    if returned:
        publish_isolated_together([_online(each, contacts[each.pk].at) for each in returned])


def _write(contacts: Sequence[tuple[Device, Contact]]) -> None:
    measured = [
        clock_offsets.measure(Measured(device.clock_offset_ms, device.recent_offsets), each.samples)
        for device, each in contacts
    ]
    values: list[Any] = [
        WRITE_INTERVAL.total_seconds(),
        MAX_SILENCE_S,
        [device.pk for device, _ in contacts],
        [each.at for _, each in contacts],
        [each.offset_ms for each in measured],
        # PostgreSQL has no arrays of arrays of different lengths.
        ["{" + ",".join(map(str, each.recent)) + "}" for each in measured],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)


def _offset_ms(event: Event) -> int | None:
    if event.at == event.received_at or event.buffered:
        return None  # the message carried no time, or that of an outage
    offset = (event.at - event.received_at) / timedelta(milliseconds=1)
    return int(min(max(offset, -MAX_OFFSET_MS), MAX_OFFSET_MS))


def alert_after(seen_at: datetime, interval_s: int) -> datetime:
    """Return when a device that stays silent from now on counts as offline."""
    return seen_at + timedelta(seconds=interval_s) + WRITE_INTERVAL


@transaction.atomic
def set_state(event: events.StateReported) -> bool:
    """Store the state that a device reports of itself.

    Returns:
        False if the report is out of date, because a later message has arrived, as when an old dead
        letter is replayed.
    """
    device = Device.objects.select_for_update(no_key=True).get(pk=event.device_id)
    if any(at > event.received_at for at in (device.last_seen_at, device.state_since) if at):
        return False
    state = Device.State.ONLINE if event.online else Device.State.OFFLINE
    if device.state != state:
        if event.online:
            device.gap_from, device.gap_until = device.last_seen_at, event.received_at
        device.state, device.state_since = state, event.received_at
    device.alert_after = alert_after(event.received_at, device.interval_s)
    device.firmware = event.firmware or device.firmware
    device.model = event.model or device.model
    changed = ["state", "state_since", "alert_after", "firmware", "model", "gap_from", "gap_until"]
    device.save(update_fields=changed)
    live.announce(topics.DEVICE, event.site_id, event.device_id)
    return True


@transaction.atomic
def mark_one_offline(now: datetime, listening_since: datetime) -> bool:
    """Mark the next device offline that has been silent too long; return False if none is.

    Only time during which this process listened counts: after a downtime of ours, each device has
    its whole interval to send a message.
    """
    listened_s = int((now - listening_since).total_seconds())
    device = (
        Device.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(alert_after__lte=now, interval_s__lte=listened_s, enabled=True)
        .order_by("alert_after")
        .first()
    )
    if device is None:
        return False
    device.state, device.state_since, device.alert_after = Device.State.OFFLINE, now, None
    device.save(update_fields=["state", "state_since", "alert_after"])
    live.announce(topics.DEVICE, device.site_id, device.pk)
    publish_isolated(events.DeviceSilent(device_id=device.pk, site_id=device.site_id))
    return True


def _online(device: Device, at: datetime) -> events.StateReported:
    return events.StateReported(
        device_id=device.pk,
        site_id=device.site_id,
        key="",
        at=at,
        received_at=at,
        online=True,
    )
