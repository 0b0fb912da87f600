"""The demo site's devices and lanes, and the file that lets the simulator play them."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from config.appliance.places import Home, write_private
from config.demo import plan
from core.models import Site
from devices import commands
from devices.models import Device
from devices.services import register_device
from estate.models import Bay, Gate, Lane, Lot

MQTT_PORT = 1883


@dataclass
class Field:
    """What was registered, as the simulator's file lists it."""

    site: Site
    entries: list[dict[str, Any]] = field(default_factory=list)

    def add(self, code: str, kind: str, driver: str, **more: Any) -> Device:
        """Register a device and note its credentials."""
        serial = more.pop("serial", None)
        device, password = register_device(
            self.site,
            code=code,
            kind=kind,
            driver=driver,
            serial=serial,
            name=more.pop("name", ""),
            topic=more.get("topic"),
            options=more.pop("options", None),
        )
        entry = {"code": code, "kind": kind, "driver": driver, "password": password}
        entry["username"] = serial or code
        if serial:
            entry["serial"] = serial
        if kind == Device.Kind.BARRIER:
            entry["command_key"] = commands.key_of(device).hex()
        self.entries.append(entry | more)
        return device


def lay_lanes(site: Site, lot: Lot, found: Field) -> None:
    """Lay an entry and an exit at each gate.

    The north gate's cameras drive their barriers, as the Chinese ones do; the south gate's cameras
    and barriers speak our own protocol.
    """
    for number, (code, (name, place)) in enumerate(plan.GATES.items(), start=1):
        longitude, latitude = plan.position(*place)
        gate = Gate.objects.create(
            site=site, code=code, name=name, longitude=longitude, latitude=latitude
        )
        for offset, direction in enumerate((Lane.Direction.ENTRY, Lane.Direction.EXIT)):
            serial = f"8c5f{number:02d}{offset:02d}-d3a1" if code == "north" else None
            _lay_lane(gate, lot, direction, serial, found)


def _lay_lane(gate: Gate, lot: Lot, direction: str, serial: str | None, found: Field) -> None:
    lane = f"{gate.code}-{direction}"
    camera = found.add(
        f"{lane}-camera",
        Device.Kind.CAMERA,
        "vzenith-mqtt" if serial else "gatehouse",
        serial=serial,
        lane=lane,
        direction=direction,
    )
    barrier = camera
    if not serial:
        barrier = found.add(f"{lane}-barrier", Device.Kind.BARRIER, "gatehouse", lane=lane)
    name = f"{gate.name.split()[0]} {'in' if direction == 'entry' else 'out'}"
    Lane.objects.create(
        gate=gate,
        lot=lot,
        code=direction,
        name=name,
        direction=direction,
        camera=camera,
        barrier=barrier,
    )


def mark_bays(lot: Lot, found: Field) -> None:
    """Mark the bays, a sensor in each."""
    for code, outline in plan.bays().items():
        sensor = found.add(f"bay-{code.lower()}", Device.Kind.BAY_SENSOR, "gatehouse", bay=code)
        Bay.objects.create(lot=lot, code=code, outline=outline, sensor=sensor, status="free")


def write_simulator_file(
    found: Field, vehicles: dict[str, list[str]], inside: list[dict[str, str]]
) -> None:
    """Write what the simulator needs, for its owner only: it holds the devices' passwords."""
    broker = urlsplit(settings.MQTT_URL)
    document = {
        # Without our own name and password: each device signs in with its own.
        "mqtt": f"mqtt://{broker.hostname}:{broker.port or MQTT_PORT}",
        "site": found.site.slug,
        "portal_url": f"{settings.PUBLIC_URL}/p/{found.site.slug}/",
        "devices": found.entries,
        "vehicles": vehicles,
        "inside": inside,
    }
    write_private(Home.at(settings.HOME).root / "simulator.json", json.dumps(document, indent=1))
