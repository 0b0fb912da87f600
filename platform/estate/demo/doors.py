"""The demo sites' doors for people, their groups, and the devices that serve them."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from devices.demo import DemoDevices
from devices.models import Device
from estate import services
from estate.models import Building, Door, DoorGroup, Zone

KIND = Device.Kind
_READER = {"kind": KIND.DOOR, "driver": "gatehouse"}


@dataclass(frozen=True)
class DoorDevicePlan:
    """A device of a door.

    Attributes:
        code: its own; one that was registered before serves this door, too.
        number: of the door on the device.
        more: how it is registered, and what the simulator has to know of it.
    """

    code: str
    number: int = 1
    direction: str = "both"
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DoorPlan:
    """A door, which is alone in a group of its own code.

    Attributes:
        building: the code of its building, if it is in one.
        zone: the code of the zone that it leads into, if it does.
        decides: of `Door.Decides`.
    """

    name: str
    devices: tuple[DoorDevicePlan, ...]
    building: str = ""
    zone: str = ""
    type: str = Door.Type.ENTRANCE
    decides: str = Door.Decides.SERVER
    unlock_seconds: int | None = None


def _reader(code: str, direction: str, *means: str) -> DoorDevicePlan:
    more = {**_READER, "means": list(means), "direction": direction}
    return DoorDevicePlan(code, direction=direction, more=more)


def _controller(code: str, number: int, serial: str, **more: Any) -> DoorDevicePlan:
    described = {"kind": KIND.DOOR, "driver": "uhppote", "serial": serial, **more}
    return DoorDevicePlan(code, number, more=described)


def _terminal(code: str, driver: str, serial: str, **more: Any) -> DoorDevicePlan:
    described = {"kind": KIND.FACE_TERMINAL, "driver": driver, "serial": serial, **more}
    return DoorDevicePlan(code, more=described)


_BY_DEVICE = Door.Decides.DEVICE
_WEST, _EAST = "423187757", "423187758"
ZONES = {"courtyard": (_("Inner courtyard"), 400)}
COMMUNITY = {
    "courtyard": DoorPlan(
        _("South gate, people"),
        (
            _reader("gate-in", "in", "card", "pin"),
            _reader("gate-qr", "in", "qr"),
            _reader("gate-out", "out", "card", "pin"),
        ),
        zone="courtyard",
        type=Door.Type.PEOPLE_GATE,
        unlock_seconds=5,
    ),
    "house-1": DoorPlan(
        _("Entrance of Maple House"),
        (_reader("house-1-reader", "both", "card", "pin", "qr"),),
        building="1",
        unlock_seconds=6,
    ),
    "house-2": DoorPlan(
        _("Entrance of Cedar House"),
        (
            _terminal(
                "house-2-camera",
                "face-request",
                "75b994c0-578b65a4",
                options={"slashes": True},
                answer_s=0.3,
            ),
            _controller("west-controller", 1, _WEST, doors=[1]),
        ),
        building="2",
        decides=_BY_DEVICE,
    ),
    "house-3": DoorPlan(
        _("Entrance of Willow House"),
        (_terminal("house-3-terminal", "face-mqtt", "1306612", answer_s=0.2),),
        building="3",
        decides=_BY_DEVICE,
    ),
    "house-4": DoorPlan(
        _("Entrance of Ginkgo House"),
        (
            _controller(
                "east-controller",
                1,
                _EAST,
                doors=[1, 2],
                gateway=_WEST,
                options={"gateway": _WEST},
                interval_s=7 * 24 * 3600,
            ),
        ),
        building="4",
        decides=_BY_DEVICE,
    ),
    "house-5": DoorPlan(
        _("Entrance of Plum House"),
        (
            DoorDevicePlan("east-controller", 2),
            _terminal("house-5-terminal", "face-mqtt", "1306613", answer_s=1.5, loses=0.05),
        ),
        building="5",
        decides=_BY_DEVICE,
    ),
    "service": DoorPlan(
        _("Service door of Market Row"),
        (_controller("row-controller", 1, "423187761", doors=[1]),),
        building="S",
        decides=_BY_DEVICE,
    ),
}
PARK = {
    "offices": DoorPlan(
        _("Entrance of the office building"),
        (_reader("offices-reader", "both", "card", "pin"),),
        building="O",
        unlock_seconds=5,
    ),
}


def install_community(devices: DemoDevices) -> None:
    """Create the community's zone and doors, with a group for each and its devices."""
    for code, (name, limit) in ZONES.items():
        services.create_zone(
            devices.site, devices.actor, code=code, name=gettext(name), people_limit=limit
        )
    _install(devices, COMMUNITY)


def install_park(devices: DemoDevices) -> None:
    """Create the park's door, its group and its device."""
    _install(devices, PARK)


def _install(devices: DemoDevices, doors: dict[str, DoorPlan]) -> None:
    known: dict[str, Device] = {}
    for code, plan in doors.items():
        door = _create(devices, code, plan)
        for each in plan.devices:
            if each.code not in known:
                known[each.code] = _register(devices, each)
            services.connect_device(
                door,
                known[each.code],
                devices.actor,
                number=each.number,
                direction=each.direction,
            )
        passback = DoorGroup.Passback.SOFT if plan.zone else DoorGroup.Passback.OFF
        services.create_door_group(
            devices.site, devices.actor, code=code, name=door.name, doors=[door], passback=passback
        )


def _create(devices: DemoDevices, code: str, plan: DoorPlan) -> Door:
    site = devices.site
    return services.create_door(
        site,
        devices.actor,
        code=code,
        name=gettext(plan.name),
        type=plan.type,
        building=Building.objects.get(site=site, code=plan.building) if plan.building else None,
        zone=Zone.objects.get(site=site, code=plan.zone) if plan.zone else None,
        decides=plan.decides,
        unlock_seconds=plan.unlock_seconds,
    )


def _register(devices: DemoDevices, plan: DoorDevicePlan) -> Device:
    more = dict(plan.more)
    kind, driver = more.pop("kind"), more.pop("driver")
    return devices.register(plan.code, kind, driver, timezone=devices.site.timezone, **more)
