"""The demo sites' sensors of the surroundings: smoke, temperature, water."""

from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core.models import Site
from devices.demo import DemoDevices
from devices.models import Device
from estate import services
from estate.demo import community_plan, park_plan
from estate.demo.drawing import Drawing
from estate.models import Building, Lot

Pair = tuple[float, float]


@dataclass(frozen=True)
class Sensor:
    """A sensor and where it is.

    Attributes:
        within: the code of its building, or of its car park after ``lot:``.
        at: metres from the drawing's corner, where it is not in the middle.
        measures: what it measures as a rule and once it is set off, by metric.
    """

    name: str
    within: str
    note: str = ""
    at: Pair | None = None
    measures: dict[str, Pair] = field(default_factory=dict)


COMMUNITY = {
    "smoke-garage": Sensor(
        _("Smoke detector of the garage"),
        "lot:main",
        _("garage, level -1"),
        (75.0, 60.0),
        {"smoke.percent": (0.4, 14.0), "temperature.c": (19.0, 46.0)},
    ),
    "cabinet-temperature": Sensor(
        _("Thermometer of the distribution cabinet"),
        "S",
        _("switch room"),
        measures={"temperature.c": (31.0, 68.0)},
    ),
    "leak-pump-room": Sensor(
        _("Water detector of the pump room"),
        "3",
        _("pump room, level -1"),
        measures={"water_level.mm": (0.0, 35.0)},
    ),
}
PARK = {
    "smoke-warehouse-1": Sensor(
        _("Smoke detector of warehouse 1"),
        "W1",
        _("hall B"),
        measures={"smoke.percent": (0.4, 14.0), "temperature.c": (17.0, 49.0)},
    ),
    "cold-store-temperature": Sensor(
        _("Thermometer of the cold store"),
        "C",
        measures={"temperature.c": (-20.0, -4.0)},
    ),
}


def install_community(devices: DemoDevices) -> None:
    """Register the community's sensors at their places."""
    _install(devices, community_plan.DRAWING, COMMUNITY)


def install_park(devices: DemoDevices) -> None:
    """Register the park's sensors at their places."""
    _install(devices, park_plan.DRAWING, PARK)


def _install(devices: DemoDevices, drawing: Drawing, sensors: dict[str, Sensor]) -> None:
    for code, sensor in sensors.items():
        device = devices.register(
            code,
            Device.Kind.SENSOR,
            "gatehouse",
            name=gettext(sensor.name),
            measures={metric: list(pair) for metric, pair in sensor.measures.items()},
        )
        position = None
        if sensor.at is not None:
            longitude, latitude = drawing.position(*sensor.at)
            position = longitude, latitude
        services.locate_device(
            device,
            devices.actor,
            _place(devices.site, sensor.within),
            note=gettext(sensor.note) if sensor.note else "",
            position=position,
        )


def _place(site: Site, within: str) -> Lot | Building:
    kind, colon, code = within.partition(":")
    if colon:
        return Lot.objects.get(site=site, code=code)
    return Building.objects.get(site=site, code=kind)
