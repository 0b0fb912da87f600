"""Follow the contacts of doors: which are open, forced, or held open for too long.

A device that reports only that a door was opened and closed is timed here.
"""

from datetime import datetime, timedelta

from django.db import transaction

from core import jobs, live
from devices.clocks import adjusted_time
from devices.events import DoorMoved
from devices.models import Device
from doors import alarms
from doors.models import DoorContact, GroupState
from estate.models import DoorDevice
from estate.topics import DOOR

Position = DoorContact.Position
_POSITIONS = {
    "closed": Position.CLOSED,
    "opened": Position.OPEN,
    "held": Position.HELD,
    "forced": Position.FORCED,
}


def moved(event: DoorMoved) -> None:
    """Note in which position a door is, unless something newer is known."""
    position = _POSITIONS.get(event.change)
    served = _served(event.device_id, event.door)
    if position is None or served is None:
        return
    at = adjusted_time(event, Device.objects.get(pk=event.device_id)).at
    contact = _contact(served, at)
    if at < contact.reported_at:
        return
    contact.reported_at = at
    contact.save(update_fields=["reported_at"])
    if _changes(contact.position, position):
        _set(contact, position, at)
        _follow(contact, served)


@jobs.job(queue=jobs.FAST)
def note_held(served_id: int, opened_at: str) -> None:
    """Note that a door is still open which was opened at an instant."""
    served = DoorDevice.objects.select_related("door").filter(pk=served_id).first()
    if served is None:
        return
    with transaction.atomic():
        rows = DoorContact.objects.select_for_update().filter(door=served.door_id)
        opened = datetime.fromisoformat(opened_at)
        contact = rows.filter(position=Position.OPEN, opened_at=opened).first()
        if contact is not None and not _is_released(served.door_id):
            _set(contact, Position.HELD, opened + _held_after(served))
            _follow(contact, served)


def _served(device_id: int, number: int) -> DoorDevice | None:
    rows = DoorDevice.objects.filter(device=device_id, number=number, door__ended_at=None)
    return rows.select_related("door").first()


def _contact(served: DoorDevice, at: datetime) -> DoorContact:
    """Return the contact of a door, locked until the transaction ends."""
    first = {"position": Position.CLOSED, "since": at, "reported_at": at}
    DoorContact.objects.get_or_create(door=served.door, defaults=first)
    return DoorContact.objects.select_for_update().get(door=served.door)


def _changes(before: str, after: str) -> bool:
    """Whether a report says something new: a forced door that is reported open stays forced."""
    if after == Position.OPEN:
        return before == Position.CLOSED
    return before != after and not (before == Position.FORCED and after == Position.HELD)


def _set(contact: DoorContact, position: str, at: datetime) -> None:
    contact.position, contact.since = position, at
    if position == Position.CLOSED:
        contact.opened_at = None
    elif contact.opened_at is None:
        contact.opened_at = at
    contact.save(update_fields=["position", "since", "opened_at"])


def _follow(contact: DoorContact, served: DoorDevice) -> None:
    """Do what follows from a new position: alarms, and a look at a door that may stay open."""
    live.announce(DOOR, served.door.site_id, served.door_id)
    if contact.position == Position.HELD:
        alarms.raise_held(served, contact.since)
    elif contact.position == Position.FORCED:
        alarms.observe(served, alarms.FORCED, contact.since)
    elif contact.position == Position.CLOSED:
        alarms.clear_held(served)
    elif served.door.held_open_seconds is not None and contact.opened_at is not None:
        opened = contact.opened_at.isoformat()
        jobs.enqueue(note_held, served.pk, opened, after=_held_after(served))


def _held_after(served: DoorDevice) -> timedelta:
    return timedelta(seconds=served.door.held_open_seconds or 0)


def _is_released(door_id: int) -> bool:
    """Whether the door stands open because of a fire release."""
    return GroupState.objects.filter(group__doors=door_id, fire_since__isnull=False).exists()
