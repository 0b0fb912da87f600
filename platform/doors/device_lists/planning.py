"""Bring the rows of devices' lists in line with what is wanted; orders are sent afterwards."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import Max

from core import clock, jobs, live
from devices.models import Device
from doors.admission import holders_of
from doors.device_lists import full_lists, sending
from doors.device_lists.profile_numbers import assign_numbers
from doors.device_lists.sending import loses_means
from doors.device_lists.wanted import Wanted, is_kept, wanted_on
from doors.models import DeviceEntry, DeviceList, DoorPassage, Right
from doors.topics import DEVICE_LIST
from estate.models import Door, DoorDevice

State = DeviceEntry.State
_BATCH = 1000
_FIELDS = (
    *("person_id", "state", "content", "digest", "face", "reason", "attempts", "retry_at"),
    *("used_at", "loaded"),
)


def listed_devices(site_id: int | None = None) -> list[Device]:
    """Return the enabled devices with a list that is driven from here."""
    served = DoorDevice.objects.filter(door__decides=Door.Decides.DEVICE, door__ended_at=None)
    keys = set(served.values_list("device", flat=True))
    keys |= set(DeviceList.objects.values_list("device", flat=True))
    rows = Device.objects.filter(pk__in=keys, enabled=True).select_related("site")
    if site_id is not None:
        rows = rows.filter(site=site_id)
    return [device for device in rows.order_by("pk") if is_kept(device)]


@transaction.atomic
def refresh(device: Device) -> int:
    """Compute what is wanted on a device, and change its rows; return how many have changed."""
    _lock(device)
    wanted = wanted_on(device)
    assign_numbers(device, wanted.values(), free=True)
    used = _last_uses(device)
    changed = _apply(device, wanted, set(_keys(device)), used)
    full_lists.clear(device.pk)
    DeviceList.objects.filter(device=device).update(refreshed_at=clock.now())
    return changed


@transaction.atomic
def refresh_people(site_id: int, people: Collection[int]) -> int:
    """Compute the rows of some people on all devices of a site; return how many have changed.

    Orders for them are sent after the commit.
    """
    changed = 0
    for device in listed_devices(site_id):
        _lock(device)
        wanted = wanted_on(device, people)
        assign_numbers(device, wanted.values())
        own = DeviceEntry.objects.filter(device=device, person__in=people)
        changed += _apply(device, wanted, set(own.values_list("key", flat=True)), {})
    return changed


@transaction.atomic
def drop_person(person_id: int) -> None:
    """Want nothing of a person any more, who is about to be deleted: devices are told to."""
    keys = DeviceEntry.objects.filter(person=person_id).values_list("device", flat=True)
    for device in Device.objects.filter(pk__in=keys).order_by("pk"):
        _lock(device)
        own = DeviceEntry.objects.filter(device=device, person=person_id)
        _apply(device, {}, set(own.values_list("key", flat=True)), {})


def refresh_people_later(site_id: int, people: Collection[int]) -> None:
    """Compute the rows of some people by a job after the commit."""
    jobs.enqueue(refresh_people_job, site_id, sorted(people))


@jobs.job(queue=jobs.FAST)
def refresh_people_job(site_id: int, people: list[int]) -> None:
    """Compute the rows of some people on all devices of a site."""
    refresh_people(site_id, people)


def refresh_site_later(site_id: int) -> None:
    """Compute the rows of all devices of a site by a job after the commit."""
    jobs.enqueue(refresh_site_job, site_id, key=f"device lists {site_id}")


@jobs.job(queue=jobs.FAST)
def refresh_site_job(site_id: int) -> None:
    """Compute the rows of all devices of a site."""
    for device in listed_devices(site_id):
        refresh(device)


def _lock(device: Device) -> None:
    """Let nobody else compute what is wanted on the device meanwhile; answers may be recorded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"door list {device.pk}"])
    DeviceList.objects.get_or_create(device=device)


def _keys(device: Device) -> list[str]:
    return list(DeviceEntry.objects.filter(device=device).values_list("key", flat=True))


def _last_uses(device: Device) -> dict[int, datetime]:
    rows = DoorPassage.objects.filter(device=device, granted=True).exclude(person=None)
    return dict(rows.values_list("person").annotate(last=Max("at")).order_by())


def _apply(
    device: Device, wanted: dict[str, Wanted], known: set[str], used: dict[int, datetime]
) -> int:
    """Change the rows of the known and the wanted keys; a second reading locks those that change.

    So answers of the device wait for the rows that are written, and not for the computation.
    """
    rows = DeviceEntry.objects.filter(device=device, key__in=known | wanted.keys())
    stale = [row.pk for row in rows if _change(row, wanted.get(row.key), used)]
    locked = list(rows.filter(pk__in=stale).select_for_update(of=("self",)).order_by("pk"))
    changed = [row for row in locked if _change(row, wanted.get(row.key), used)]
    for row in changed:
        row.changed_at = clock.now()
    DeviceEntry.objects.bulk_update(changed, [*_FIELDS, "changed_at"], batch_size=_BATCH)
    present = set(rows.values_list("key", flat=True))
    created = [_new(device, each, used) for key, each in wanted.items() if key not in present]
    DeviceEntry.objects.bulk_create(created, batch_size=_BATCH)
    if created or changed:
        live.announce(DEVICE_LIST, device.site_id, device.pk)
        transaction.on_commit(partial(sending.advance, device.pk), robust=True)
    return len(created) + len(changed)


def _new(device: Device, each: Wanted, used: dict[int, datetime]) -> DeviceEntry:
    row = DeviceEntry(site_id=device.site_id, device=device, key=each.key, state=State.GONE)
    row.person_id = each.person
    _change(row, each, used)
    return row


def _change(row: DeviceEntry, each: Wanted | None, used: dict[int, datetime]) -> bool:
    """Set what is wanted; return whether that is something else than before."""
    before = [getattr(row, name) for name in _FIELDS]
    if row.person_id is not None:
        row.used_at = used.get(row.person_id, row.used_at)
    if each is None or each.reason:
        _drop(row)
        if each is not None and row.state in (State.GONE, State.IMPOSSIBLE):
            row.state, row.reason = State.IMPOSSIBLE, each.reason
    else:
        _want(row, each)
    return before != [getattr(row, name) for name in _FIELDS]


def _want(row: DeviceEntry, each: Wanted) -> None:
    """Want an entry; what the device has already needs no order."""
    is_other = (row.digest, row.face, row.person_id) != (each.digest, each.face, each.person)
    row.person_id, row.content = each.person, each.content
    row.digest, row.face = each.digest, each.face
    if row.state == State.REMOVING and row.command_id is not None:
        return  # it is loaded again once the device has confirmed that it is gone
    is_certain = row.command_id is None and not row.is_uncertain
    is_there = is_certain and row.loaded.get("digest") == each.digest
    if is_there and row.state != State.NEEDS_PHOTO:
        row.state, row.reason = State.ON_DEVICE, ""
    elif loses_means(row):
        if row.state != State.REMOVING:
            row.state, row.reason, row.attempts, row.retry_at = State.REMOVING, "", 0, None
    elif is_other or row.state not in (State.WANTED, State.FAILED, State.NEEDS_PHOTO):
        row.state, row.reason, row.attempts, row.retry_at = State.WANTED, "", 0, None


def _drop(row: DeviceEntry) -> None:
    """Want nothing any more: what the device may have is deleted there."""
    row.content, row.digest, row.face = {}, "", 0
    if row.state in (State.GONE, State.REMOVING, State.IMPOSSIBLE):
        return
    if row.loaded or row.command_id is not None or row.is_uncertain:
        row.state, row.reason, row.attempts, row.retry_at = State.REMOVING, "", 0, None
    else:
        row.state, row.reason = State.GONE, ""


def holds_for(right: Right, person_id: int) -> bool:
    """Whether a person holds a right now."""
    return holders_of(right, clock.now()).filter(pk=person_id).exists()
