"""What the demo sites' places have in common: gates with lanes and devices, bays with sensors."""

from collections.abc import Mapping

from django.utils.translation import gettext

from devices.demo import DemoDevices
from devices.models import Device
from estate import services
from estate.demo.drawing import Drawing, Ring
from estate.models import Gate, Lane, Lot
from gis.rectangles import Rectangle

#: Photos of each car that a camera of our own protocol sends; five would triple what is stored.
FRAMES = 3
Buildings = Mapping[str, tuple[str, Rectangle]]


def create_gate(
    devices: DemoDevices, drawing: Drawing, code: str, name: str, place: tuple[float, float]
) -> Gate:
    """Create a gate; its name is translated."""
    longitude, latitude = drawing.position(*place)
    return services.create_gate(
        devices.site,
        devices.actor,
        code=code,
        name=gettext(name),
        longitude=longitude,
        latitude=latitude,
    )


def create_lane(
    gate: Gate,
    lot: Lot,
    direction: str,
    name: str,
    devices: DemoDevices,
    *,
    serial: str | None = None,
    designs: tuple[str, ...] = (),
) -> Lane:
    """Create a lane with its devices.

    Args:
        serial: of a camera that drives its barrier, as the Chinese ones do; None for a camera and
            a barrier of our own protocol.
        designs: of the plates that the simulator sends there; empty for all.
    """
    lane = services.create_lane(gate, lot, devices.actor, direction=direction, name=gettext(name))
    code = f"{gate.code}-{direction}"
    camera = devices.register(
        f"{code}-camera",
        Device.Kind.CAMERA,
        "vzenith-mqtt" if serial else "gatehouse",
        serial=serial,
        lane=code,
        direction=direction,
        designs=designs,
        frames=1 if serial else FRAMES,
    )
    services.place_camera(lane, camera, devices.actor, drives_barrier=serial is not None)
    if serial is None:
        kind = Device.Kind.BARRIER
        barrier = devices.register(f"{code}-barrier", kind, "gatehouse", lane=code)
        services.place_barrier(lane, barrier, devices.actor)
    return lane


def create_bays(
    lot: Lot, outlines: Mapping[str, Ring], devices: DemoDevices, *, designs: tuple[str, ...] = ()
) -> None:
    """Create bays, a sensor in each, all of them free."""
    for code, outline in outlines.items():
        bay = services.create_bay(lot, devices.actor, code=code, outline=outline)
        kind = Device.Kind.BAY_SENSOR
        sensor = devices.register(
            f"bay-{code.lower()}", kind, "gatehouse", bay=code, designs=designs
        )
        services.place_sensor(bay, sensor, devices.actor)
        services.set_bay_status(sensor.pk, occupied=False, at=devices.since)
