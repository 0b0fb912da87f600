"""Who was heard of lately: kept beside the messages, so that no message waits for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from core import live
from devices import events, topics
from devices.dispatch import tell
from devices.events import Event
from devices.models import Device

# So often is a device's row written however much it talks; its silence is counted from there.
EVERY = timedelta(seconds=3)
FURTHEST_MS = 2**31 - 1  # what the column holds
# What a device says of itself it says at once. Anything else it may have kept through an outage, so
# a longer lag than this is taken for a late message, not for a slower clock.
PROMPT = (events.StateReported, events.CommandAnswered)
LATER_THAN_DRIFT_MS = 30_000

# One statement for all: a thousand devices that talk all the time must not cost a core. Several
# processes hear of one device, and the later one counts, whoever writes it first.
_WRITE = """
UPDATE devices_device AS device
SET state = 'online', last_seen_at = greatest(device.last_seen_at, heard.at),
    state_since = CASE WHEN device.state = 'online' THEN device.state_since ELSE heard.at END,
    alert_after = greatest(device.last_seen_at, heard.at)
        + (device.interval_s + %s) * INTERVAL '1 second',
    clock_offset_ms = CASE
        WHEN heard.prompt OR heard.offset_ms >= coalesce(device.clock_offset_ms, 0) - %s
        THEN coalesce(heard.offset_ms, device.clock_offset_ms)
        ELSE device.clock_offset_ms END
FROM unnest(%s::bigint[], %s::timestamptz[], %s::integer[], %s::boolean[])
    AS heard (id, at, offset_ms, prompt)
WHERE device.id = heard.id AND device.enabled
"""


@dataclass
class Heard:
    """The latest of one device since the last writing."""

    at: datetime
    offset_ms: int | None = None
    # The offset is of a message that is never kept back.
    prompt: bool = False


@dataclass
class Presence:
    """Devices heard of and not yet written."""

    heard: dict[int, Heard] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Remember that the device spoke, and how far its clock is ahead of ours."""
        offset = _offset_ms(event)
        prompt = isinstance(event, PROMPT) and offset is not None
        before = self.heard.get(event.device_id)
        measured = [(before.prompt, before.offset_ms)] if before else []
        # A message that was long under way looks like a slow clock: the quickest one counts.
        known = [(p, o) for p, o in [*measured, (prompt, offset)] if o is not None]
        best = max(known, default=(False, None))
        self.heard[event.device_id] = Heard(event.received_at, best[1], best[0])

    def forget(self, device_id: int) -> None:
        """Drop what was noted of a device that is known to be away now."""
        self.heard.pop(device_id, None)

    def write(self) -> None:
        """Write what was noted, in one transaction."""
        heard, self.heard = self.heard, {}
        if heard:
            write(heard)


@transaction.atomic
def write(heard: Mapping[int, Heard]) -> None:
    """Write when each device was last heard of; one that was not online now is, and apps hear it.

    One that was disabled since it spoke stays as it was left.

    Args:
        heard: by the device's row.
    """
    # Always in the same order: two processes that write the same devices never wait in a ring.
    rows = (
        Device.objects.select_for_update(no_key=True)
        .filter(pk__in=heard, enabled=True)
        .order_by("pk")
    )
    returned = [device for device in rows if device.state != Device.State.ONLINE]
    _write(heard)
    for device in returned:
        _tell_online(device, heard[device.pk].at)


def _write(heard: Mapping[int, Heard]) -> None:
    times = [latest.at for latest in heard.values()]
    offsets = [latest.offset_ms for latest in heard.values()]
    prompt = [latest.prompt for latest in heard.values()]
    values: list[Any] = [
        EVERY.total_seconds(),
        LATER_THAN_DRIFT_MS,
        list(heard),
        times,
        offsets,
        prompt,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)


def _offset_ms(event: Event) -> int | None:
    if event.at == event.received_at:
        return None  # the message had no time of its own
    offset = (event.at - event.received_at) / timedelta(milliseconds=1)
    return int(min(max(offset, -FURTHEST_MS), FURTHEST_MS))


def alert_after(seen_at: datetime, interval_s: int) -> datetime:
    """Return when a device that stays silent from now on is missed."""
    return seen_at + timedelta(seconds=interval_s) + EVERY


@transaction.atomic
def set_state(event: events.StateReported) -> bool:
    """Take a device's own word on whether it is online.

    Returns:
        Whether it counts: not when more was heard of the device since, as when a message that was
        refused hours ago is replayed.
    """
    device = Device.objects.select_for_update(no_key=True).get(pk=event.device_id)
    if any(at > event.received_at for at in (device.last_seen_at, device.state_since) if at):
        return False
    state = Device.State.ONLINE if event.online else Device.State.OFFLINE
    if device.state != state:
        device.state, device.state_since = state, event.received_at
    device.alert_after = alert_after(event.received_at, device.interval_s)
    device.firmware = event.firmware or device.firmware
    device.model = event.model or device.model
    device.save(update_fields=["state", "state_since", "alert_after", "firmware", "model"])
    live.announce(topics.DEVICE, event.site_id, event.device_id)
    return True


@transaction.atomic
def miss_one(now: datetime, listening_since: datetime) -> bool:
    """Take the next device that has been silent too long as offline; False when none is.

    Only a silence that was listened to counts: after a standstill of our own, each device has its
    whole interval to be heard again.
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
    tell(events.DeviceSilent(device_id=device.pk, site_id=device.site_id))
    return True


def _tell_online(device: Device, at: datetime) -> None:
    live.announce(topics.DEVICE, device.site_id, device.pk)
    tell(
        events.StateReported(
            device_id=device.pk,
            site_id=device.site_id,
            key="",
            at=at,
            received_at=at,
            online=True,
        )
    )
