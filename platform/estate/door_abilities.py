"""What the devices of a door can apply, and the rejection of what they can't."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Rejection
from core.models import Site
from devices import drivers
from devices.drivers.contract import DoorAbilities, DoorSetting
from devices.models import Device
from estate.models import Door, DoorGroup

#: What a device itself must be able to do, even where the server decides.
_OF_THE_LOCK = frozenset({DoorSetting.UNLOCK_TIME, DoorSetting.HELD_TIME})
LABELS: Mapping[DoorSetting, str | Promise] = {
    DoorSetting.UNLOCK_TIME: gettext_lazy("be told for how long to unlock"),
    DoorSetting.HELD_TIME: gettext_lazy("be told when a door is held open"),
    DoorSetting.SECOND_FACTOR: gettext_lazy("ask for a second factor by itself"),
    DoorSetting.HARD_PASSBACK: gettext_lazy("refuse who enters twice by itself"),
    DoorSetting.OCCUPANCY_LIMIT: gettext_lazy("count who is inside by itself"),
    DoorSetting.DURESS: gettext_lazy("report a PIN under duress by itself"),
    DoorSetting.TIME_PROFILES: gettext_lazy("hold a time profile"),
}


def abilities_of(device: Device) -> DoorAbilities:
    """Return what a device can do at doors; nothing where its driver was removed."""
    driver = drivers.DRIVERS.get(device.driver)
    return driver.MANIFEST.doors if driver else DoorAbilities()


def devices_for_doors(site: Site) -> QuerySet[Device]:
    """Return the devices of a site that can serve doors, by code."""
    drivers_of_doors = [code for code, each in drivers.DRIVERS.items() if each.MANIFEST.doors.most]
    return Device.objects.filter(site=site, driver__in=drivers_of_doors).order_by("code")


def not_possible(door: Door, devices: Iterable[Device]) -> list[tuple[Device, str]]:
    """Return what devices of a door don't do there although a door can be set to it.

    Where the server decides, that is next to nothing; a device that decides by a list of its own
    lacks what it was not made for.
    """
    return [
        (device, str(label))
        for device in devices
        for setting, label in LABELS.items()
        if not can_apply(door, device, setting)
    ]


def can_apply(door: Door, device: Device, setting: DoorSetting) -> bool:
    """Whether a setting takes effect at a door that the device serves."""
    if door.decides_itself or setting in _OF_THE_LOCK:
        return setting in abilities_of(device).applies
    return True


def settings_of(door: Door) -> dict[DoorSetting, str]:
    """Return what a door is set to that not every device can apply, with the field of each."""
    wanted = {
        DoorSetting.UNLOCK_TIME: ("unlock_seconds", door.unlock_seconds is not None),
        DoorSetting.HELD_TIME: ("held_open_seconds", door.held_open_seconds is not None),
        DoorSetting.SECOND_FACTOR: ("second_factor", door.second_factor),
        DoorSetting.OCCUPANCY_LIMIT: (
            "zone",
            door.zone is not None and door.zone.people_limit is not None,
        ),
        DoorSetting.HARD_PASSBACK: ("passback", door.decides_itself and _refuses_twice(door)),
    }
    return {setting: field for setting, (field, is_set) in wanted.items() if is_set}


def require_settings(
    door: Door, settings: Mapping[DoorSetting, str], devices: Iterable[Device] | None = None
) -> None:
    """Validate that the devices of a door can apply settings, and decide as the door says.

    Args:
        settings: each with the field that a rejection names.
        devices: those that serve it now, if None.

    Raises:
        Rejection: one can't; the text says what.
    """
    if devices is None:
        rows = door.devices.select_related("device").order_by("pk")
        devices = [each.device for each in rows]
    for device in devices:
        _require_decider(door, device)
        for setting, field in settings.items():
            if not can_apply(door, device, setting):
                raise _cannot(field, device, str(LABELS[setting]))


def _require_decider(door: Door, device: Device) -> None:
    abilities = abilities_of(device)
    if door.decides_itself and not abilities.decides:
        raise _cannot("decides", device, _("decide by a list of its own"))
    if not door.decides_itself and not abilities.asks:
        raise _cannot("decides", device, _("ask the server before it opens"))


def _cannot(field: str, device: Device, what: str) -> Rejection:
    params = {"device": device.code, "what": what}
    return Rejection(
        field,
        "device_cannot",
        _("%(device)s cannot %(what)s") % params,
        _("change this setting, or connect a device that can"),
        params=params,
    )


def _refuses_twice(door: Door) -> bool:
    groups = DoorGroup.objects.in_use().filter(doors=door)
    return groups.filter(passback=DoorGroup.Passback.HARD).exists()
