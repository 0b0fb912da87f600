"""Create and change doors, their zones and groups, and connect the devices that serve them."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, live
from core.errors import Rejection
from core.events import publish
from core.models import Site
from devices.drivers.contract import DoorSetting
from devices.models import Device
from devices.topics import DEVICE
from estate import door_abilities
from estate.door_abilities import require_settings
from estate.events import DoorChanged
from estate.models import Building, Door, DoorDevice, DoorGroup, Zone
from estate.services.common import (
    Actor,
    AnyPlace,
    change,
    create,
    insert,
    lock,
    lock_in_use,
    require_in_use,
)
from estate.topics import DOOR

LONGEST_UNLOCK_S = 120
LONGEST_HELD_S = 3600
LONGEST_FORGIVEN_H = 24 * 31


@transaction.atomic
def create_zone(
    site: Site, actor: Actor, *, code: str, name: str, people_limit: int | None = None
) -> Zone:
    """Create a zone that doors lead into.

    Args:
        people_limit: how many people may be inside at once; None for no limit.

    Raises:
        Rejection: a value is malformed, or the site has a zone of that code.
    """
    _require_range("people_limit", people_limit, 1_000_000)
    return create(Zone(site=site, code=code, name=name, people_limit=people_limit), site, actor)


@transaction.atomic
def change_zone(
    zone: Zone,
    actor: Actor,
    *,
    code: str,
    name: str,
    people_limit: int | None,
    revision: str = "",
) -> Zone:
    """Change a zone.

    Raises:
        Rejection: see `estate.services.common.change`; or the device of one of its doors can't
            apply a limit.
    """
    _require_range("people_limit", people_limit, 1_000_000)
    if people_limit is not None:
        for door in Door.objects.in_use().filter(zone=zone):
            require_settings(door, {DoorSetting.OCCUPANCY_LIMIT: "people_limit"})
    values = {"code": code, "name": name, "people_limit": people_limit}
    return change(zone, actor, revision, values)


@transaction.atomic
def create_door(
    site: Site,
    actor: Actor,
    *,
    code: str,
    name: str,
    type: str = Door.Type.ENTRANCE,
    building: Building | None = None,
    zone: Zone | None = None,
    directions: str = Door.Directions.BOTH,
    decides: str = Door.Decides.SERVER,
    unlock_seconds: int | None = None,
    held_open_seconds: int | None = None,
    second_factor: bool = False,
) -> Door:
    """Create a door, which its devices are connected to afterwards.

    Args:
        building: where it is.
        zone: where it leads.
        decides: of `Door.Decides`.
        unlock_seconds, held_open_seconds: None leaves them to the device.

    Raises:
        Rejection: a value is malformed, a place is another site's or has ended, or the site has a
            door of that code.
    """
    _require_places(site, building, zone)
    _require_times(unlock_seconds, held_open_seconds)
    door = Door(
        site=site,
        code=code,
        name=name,
        type=type,
        building=building,
        zone=zone,
        directions=directions,
        decides=decides,
        unlock_seconds=unlock_seconds,
        held_open_seconds=held_open_seconds,
        second_factor=second_factor,
    )
    create(door, site, actor)
    live.announce(DOOR, site.pk, door.pk)
    return door


@transaction.atomic
def change_door(door: Door, actor: Actor, revision: str = "", **values: Any) -> Door:
    """Change values of a door, named as in `create_door`.

    Raises:
        Rejection: see `estate.services.common.change`; or a device of the door can't apply the new
            values, with the field and the reason.
    """
    locked = lock(door)
    _require_places(locked.site, values.get("building"), values.get("zone"))
    _require_times(values.get("unlock_seconds"), values.get("held_open_seconds"))
    for name in ("building", "zone"):
        if name in values:
            place = values.pop(name)
            values[f"{name}_id"] = place.pk if place else None
    changed = change(locked, actor, revision, values)
    changed = Door.objects.select_related("zone", "site").get(pk=changed.pk)
    require_settings(changed, door_abilities.settings_of(changed))
    publish(DoorChanged(changed.site_id, changed.pk))
    live.announce(DOOR, changed.site_id, changed.pk)
    return changed


@transaction.atomic
def connect_device(
    door: Door,
    device: Device,
    actor: Actor,
    *,
    number: int = 1,
    direction: str = Door.Directions.BOTH,
) -> DoorDevice:
    """Let a device serve a door, by one of its own doors.

    Args:
        number: of the door on the device.
        direction: in which people pass who use it, where its messages don't say so.

    Raises:
        Rejection: the door has ended, the device is another site's, serves no such door or serves
            another one with it, or can't apply what the door is set to.
    """
    lock_in_use(door, "door")
    door = Door.objects.select_related("zone", "site").get(pk=door.pk)
    _require_device(door, device, number)
    served = DoorDevice(door=door, device=device, number=number, direction=direction)
    require_settings(door, door_abilities.settings_of(door), [device])
    insert(served, "number", f"{device.code} · {number}")
    detail = {"code": device.code, "door": door.code, "number": number}
    audit.record(door.site, actor, "connect door device", ("door", door.pk), **detail)
    publish(DoorChanged(door.site_id, door.pk))
    _announce(door, device)
    return served


@transaction.atomic
def disconnect_device(served: DoorDevice, actor: Actor) -> None:
    """Take a device from the door that it serves."""
    door, device = served.door, served.device
    detail = {"code": device.code, "door": door.code, "number": served.number}
    audit.record(door.site, actor, "disconnect door device", ("door", door.pk), **detail)
    served.delete()
    _announce(door, device)


@transaction.atomic
def create_door_group(
    site: Site,
    actor: Actor,
    *,
    code: str,
    name: str,
    doors: Collection[Door] = (),
    passback: str = DoorGroup.Passback.OFF,
    forgiven_after_hours: int | None = 12,
) -> DoorGroup:
    """Create a group of doors.

    Args:
        passback: what becomes of a person who enters twice (`DoorGroup.Passback`).
        forgiven_after_hours: None: only a guard forgives.

    Raises:
        Rejection: a value is malformed, a door is another site's, or its device can't refuse who
            enters twice.
    """
    _require_range("forgiven_after_hours", forgiven_after_hours, LONGEST_FORGIVEN_H)
    group = DoorGroup(site=site, code=code, name=name, passback=passback)
    group.forgiven_after_hours = forgiven_after_hours
    create(group, site, actor)
    if doors:
        set_doors(group, actor, doors)
    return group


@transaction.atomic
def change_door_group(
    group: DoorGroup, actor: Actor, revision: str = "", **values: Any
) -> DoorGroup:
    """Change values of a group, named as in `create_door_group`; its doors by `set_doors`.

    Raises:
        Rejection: see `estate.services.common.change`; or the device of one of its doors can't
            refuse who enters twice.
    """
    _require_range("forgiven_after_hours", values.get("forgiven_after_hours"), LONGEST_FORGIVEN_H)
    changed = change(group, actor, revision, values)
    _require_passback(changed, changed.doors.all(), "passback")
    return changed


@transaction.atomic
def set_doors(group: DoorGroup, actor: Actor, doors: Collection[Door]) -> None:
    """Set which doors belong to a group.

    Raises:
        Rejection: one has ended, is another site's, or its device can't apply the group's rules.
    """
    group = lock(group)
    require_in_use(group, "group")
    for door in doors:
        lock_in_use(door, "doors")
        if door.site_id != group.site_id:
            raise _other_site("doors", door.name)
    _require_passback(group, doors, "doors")
    before = sorted(group.doors.values_list("code", flat=True))
    group.doors.set(doors)
    codes = [before, sorted(door.code for door in doors)]
    subject = ("door_group", group.pk)
    audit.record(group.site, actor, "set doors of group", subject, doors=codes)
    for door in doors:
        live.announce(DOOR, group.site_id, door.pk)


def _require_passback(group: DoorGroup, doors: Iterable[Door], field: str) -> None:
    if group.passback == DoorGroup.Passback.HARD:
        for door in doors:
            require_settings(door, {DoorSetting.HARD_PASSBACK: field})


def _require_device(door: Door, device: Device, number: int) -> None:
    if device.site_id != door.site_id:
        raise _other_site("device", device.code)
    most = door_abilities.abilities_of(device).most
    if not most:
        raise Rejection(
            "device",
            "serves_no_door",
            _("%(device)s serves no door") % {"device": device.code},
            _("choose a reader, a terminal or a door controller"),
        )
    if not 1 <= number <= most:
        params = {"device": device.code, "most": most}
        raise Rejection(
            "number",
            "out_of_range",
            _("%(device)s has the doors 1 to %(most)s") % params,
            _("enter one of these"),
            params=params,
        )
    other = DoorDevice.objects.filter(device=device, number=number).select_related("door").first()
    if other is not None:
        raise Rejection(
            "number",
            "device_taken",
            _("%(device)s serves %(door)s with it") % {"device": device.code, "door": other.door},
            _("choose another door of the device, or disconnect it there first"),
        )


def _require_places(site: Site, building: Building | None, zone: Zone | None) -> None:
    if building is not None:
        _require_place(site, building, "building")
    if zone is not None:
        _require_place(site, zone, "zone")


def _require_place(site: Site, place: AnyPlace, field: str) -> None:
    if place.site.pk != site.pk:
        raise _other_site(field, str(place))
    lock_in_use(place, field)


def _require_times(unlock_seconds: int | None, held_open_seconds: int | None) -> None:
    _require_range("unlock_seconds", unlock_seconds, LONGEST_UNLOCK_S)
    _require_range("held_open_seconds", held_open_seconds, LONGEST_HELD_S)


def _require_range(field: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        params = {"least": 1, "most": most}
        raise Rejection(
            field,
            "out_of_range",
            _("is not between %(least)s and %(most)s") % params,
            _("enter a number in this range, or leave it empty"),
            params=params,
        )


def _other_site(field: str, name: str) -> Rejection:
    return Rejection(
        field,
        "other_site",
        _("%(place)s belongs to another site") % {"place": name},
        _("choose one of this site"),
    )


def _announce(door: Door, device: Device) -> None:
    live.announce(DOOR, door.site_id, door.pk)
    live.announce(DEVICE, door.site_id, device.pk)
