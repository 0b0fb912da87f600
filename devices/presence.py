"""Presence of devices: collected in memory and written apart from the messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from core import live
from devices import events, topics
from devices.dispatch import publish_isolated
from devices.events import Event
from devices.models import Device

# Shortest interval between two writes of a device's row; its silence counts from the last one.
WRITE_INTERVAL = timedelta(seconds=3)
MAX_OFFSET_MS = 2**31 - 1  # the column's range
# Events that devices never buffer: their lag is that of the transmission and of the clock.
UNBUFFERED = (events.StateReported, events.CommandAnswered)
# Other events may be late because of an outage, so a lag longer than this is attributed to the
# transmission and not to the device's clock.
MAX_DRIFT_MS = 30_000
# The offset is that of the least delayed of so many prompt messages.
OFFSETS_KEPT = 8
# A device without contact for longer than this may have recorded events offline.
MAX_SILENCE_S = 60

# One statement for all devices, because a thousand busy ones must not occupy a CPU core. Several
# processes receive messages of one device; the later contact counts, in any order of the writes.
# A delayed message looks like a slow clock, so of the last offsets the largest counts; a prompt
# message that differs by more than a delay shows that the clock was set, and restarts the count.
_WRITE = """
UPDATE devices_device AS device
SET state = 'online', last_seen_at = greatest(device.last_seen_at, contact.at),
    state_since = CASE WHEN device.state = 'online' THEN device.state_since ELSE contact.at END,
    gap_from = CASE WHEN contact.returns THEN device.last_seen_at ELSE device.gap_from END,
    gap_until = CASE WHEN contact.returns THEN contact.at ELSE device.gap_until END,
    alert_after = greatest(device.last_seen_at, contact.at)
        + (device.interval_s + %s) * INTERVAL '1 second',
    recent_offsets = contact.offsets,
    clock_offset_ms = coalesce(
        (SELECT max(each) FROM unnest(contact.offsets) AS each), device.clock_offset_ms)
FROM (
    SELECT device.id, contact.at,
        device.state <> 'online'
            OR contact.at - device.last_seen_at > %s * INTERVAL '1 second' AS returns,
        CASE
            WHEN contact.offset_ms IS NULL THEN device.recent_offsets
            WHEN contact.prompt
                AND abs(contact.offset_ms - coalesce(device.clock_offset_ms, 0)) > %s
            THEN ARRAY[contact.offset_ms]
            WHEN contact.prompt OR contact.offset_ms >= coalesce(device.clock_offset_ms, 0) - %s
            THEN (device.recent_offsets || contact.offset_ms)[
                greatest(1, cardinality(device.recent_offsets) + 2 - %s):]
            ELSE device.recent_offsets END AS offsets
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::integer[], %s::boolean[])
        AS contact (id, at, offset_ms, prompt)
    JOIN devices_device AS device ON device.id = contact.id
) AS contact
WHERE device.id = contact.id AND device.enabled
"""


@dataclass
class Contact:
    """The latest contact with one device since the last write."""

    at: datetime
    offset_ms: int | None = None
    # The offset comes from an event that devices never buffer.
    prompt: bool = False


@dataclass
class Presence:
    """Contacts that are not written yet."""

    contacts: dict[int, Contact] = field(default_factory=dict)

    def record(self, event: Event) -> None:
        """Record the contact, and how far the device's clock is ahead of ours."""
        offset = _offset_ms(event)
        prompt = isinstance(event, UNBUFFERED) and offset is not None
        before = self.contacts.get(event.device_id)
        measured = [(before.prompt, before.offset_ms)] if before else []
        # A delayed message looks like a slow clock, so the message with the least lag counts.
        offsets = [(p, o) for p, o in [*measured, (prompt, offset)] if o is not None]
        best = max(offsets, default=(False, None))
        self.contacts[event.device_id] = Contact(event.received_at, best[1], best[0])

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
    rows = (
        Device.objects.select_for_update(no_key=True)
        .filter(pk__in=contacts, enabled=True)
        .order_by("pk")
    )
    returned = [device for device in rows if device.state != Device.State.ONLINE]
    _write(contacts)
    for device in returned:
        _publish_online(device, contacts[device.pk].at)


def _write(contacts: Mapping[int, Contact]) -> None:
    times = [latest.at for latest in contacts.values()]
    offsets = [latest.offset_ms for latest in contacts.values()]
    prompt = [latest.prompt for latest in contacts.values()]
    values: list[Any] = [
        WRITE_INTERVAL.total_seconds(),
        MAX_SILENCE_S,
        MAX_DRIFT_MS,
        MAX_DRIFT_MS,
        OFFSETS_KEPT,
        list(contacts),
        times,
        offsets,
        prompt,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)


def _offset_ms(event: Event) -> int | None:
    if event.at == event.received_at:
        return None  # the message carried no time
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


def _publish_online(device: Device, at: datetime) -> None:
    live.announce(topics.DEVICE, device.site_id, device.pk)
    publish_isolated(
        events.StateReported(
            device_id=device.pk,
            site_id=device.site_id,
            key="",
            at=at,
            received_at=at,
            online=True,
        )
    )
