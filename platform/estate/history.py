"""The places of generated history: sites with their buildings, car parks, gates and lanes."""

from collections.abc import Iterable
from random import Random

from core.copying import copy_rows
from core.models import Site, User
from devices import accounts
from devices.models import Device
from devices.services import register_device, register_devices
from estate import services
from estate.models import Bay, Gate, Lane, Lot
from estate.services.generators import UnitRange, generate_units

PREFIX = "history-"
_NAMES = ("Maple Court", "Harbour Park", "North Yard", "Elm Gardens", "Mill Street")
_LOTS = (("courtyard", "Courtyard"), ("garage", "Garage"))
_GATES_OF_LOT = 2
_UNITS_PER_FLOOR, _FLOORS = 4, 25
_CAPACITY, _BAYS = 2000, 150
_CAMERA, _SENSOR = "vzenith-mqtt", "gatehouse"


def other_sites() -> Iterable[str]:
    """Return the slugs of the sites that are no generated history."""
    found = Site.objects.exclude(slug__startswith=PREFIX)
    return found.order_by("slug").values_list("slug", flat=True)


def has_history() -> bool:
    """Return whether sites were generated already."""
    return Site.objects.filter(slug__startswith=PREFIX).exists()


def create_site(number: int, units: int, actor: User, chance: Random) -> Site:
    """Create a site with its units, two car parks, and two gates for each.

    Args:
        number: of the site, from 1.
        units: about so many, in buildings of equal size.
        chance: of the bays that are taken.
    """
    name = _NAMES[(number - 1) % len(_NAMES)]
    site = services.create_site(
        actor,
        slug=f"{PREFIX}{number}",
        name=name,
        timezone="Asia/Shanghai",
        currency="CNY",
        longitude=121.47 + number / 10,
        latitude=31.23,
    )
    floors = max(1, min(_FLOORS, units // _UNITS_PER_FLOOR))
    buildings = max(1, round(units / floors / _UNITS_PER_FLOOR))
    generate_units(site, actor, UnitRange(buildings, floors, _UNITS_PER_FLOOR))
    for code, lot_name in _LOTS:
        lot = services.create_lot(site, actor, code=code, name=lot_name, capacity=_CAPACITY)
        _create_bays(lot, actor, chance)
        for gate in range(1, _GATES_OF_LOT + 1):
            _create_gate(lot, gate, actor)
    return site


def _create_gate(lot: Lot, number: int, actor: User) -> None:
    code = f"{lot.code}-{number}"
    name = f"{lot.name} {number}"
    gate = services.create_gate(lot.site, actor, code=code, name=name)
    for direction in (Lane.Direction.ENTRY, Lane.Direction.EXIT):
        _create_lane(gate, lot, direction, actor)


def _create_lane(gate: Gate, lot: Lot, direction: Lane.Direction, actor: User) -> None:
    lane = services.create_lane(
        gate, lot, actor, direction=direction, name=f"{gate.name} {direction}"
    )
    code = f"{gate.code}-{direction}"
    camera, _password = register_device(
        lot.site,
        actor=actor,
        code=code,
        kind=Device.Kind.CAMERA,
        driver=_CAMERA,
        serial=f"h{lot.site_id}-{code}",
    )
    services.place_camera(lane, camera, actor, drives_barrier=True)


def _create_bays(lot: Lot, actor: User, chance: Random) -> None:
    accounts.lock_names()
    codes = [f"{lot.code[0].upper()}-{number:03d}" for number in range(1, _BAYS + 1)]
    sensors = [
        Device(
            site=lot.site,
            code=f"bay-{code.lower()}",
            kind=Device.Kind.BAY_SENSOR,
            driver=_SENSOR,
            interval_s=3600,
        )
        for code in codes
    ]
    register_devices(lot.site, sensors, actor)
    statuses = (Bay.Status.FREE, Bay.Status.OCCUPIED)
    copy_rows(
        Bay(lot=lot, code=code, sensor=sensor, status=chance.choice(statuses))
        for code, sensor in zip(codes, sensors, strict=True)
    )


def lanes_of(lot: Lot, direction: Lane.Direction) -> list[Lane]:
    """Return the lot's lanes of one direction."""
    lanes = Lane.objects.filter(lot=lot, direction=direction).select_related("gate", "lot__site")
    return list(lanes.order_by("pk"))
