"""The demo site's places: buildings, a lot with its bays, and two gates with their lanes."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext, override

from core import clock, runs
from core.models import Run, Site, User
from devices.demo import DemoDevices
from devices.models import Device
from estate import demo_plan, services
from estate.models import Building, Gate, Lane, Lot, Unit, UnitState

SLUG = "demo"
RUN_KIND = "demo site"  # config.demo_site makes its steps


def exists() -> bool:
    """Return whether the demo site exists."""
    return Site.objects.filter(slug=SLUG).exists()


@transaction.atomic
def start_loading(actor: User, language: str) -> Site:
    """Create the demo site and load the rest of it in the background; an existing one stays.

    Args:
        language: of the names of places and people.

    Returns:
        The demo site, of which the actor is a manager.
    """
    existing = Site.objects.filter(slug=SLUG).first()
    if existing is not None:
        return existing
    with override(language):
        site = create_site(actor)
    runs.start(RUN_KIND, site, actor.get_username(), total=1, parameters={"language": language})
    return site


def loading_of(site: Site) -> Run | None:
    """Return the run that loads, or has loaded, the site from the console."""
    return Run.objects.filter(kind=RUN_KIND, site=site).first()


def create_site(actor: User | str) -> Site:
    """Create the site and its buildings."""
    organisation = services.create_organisation(
        gettext("Willow Court Property Services Ltd"),
        tax_number="91310000MA1K35X06Q",
        address=gettext("18 Garden Road, Shanghai"),
    )
    site = services.create_site(
        actor,
        organisation=organisation,
        slug=SLUG,
        name=gettext("Willow Court"),
        timezone="Asia/Shanghai",
        currency="CNY",
        longitude=demo_plan.LONGITUDE,
        latitude=demo_plan.LATITUDE,
    )
    for code, (name, box) in demo_plan.BUILDINGS.items():
        services.create_building(
            site, actor, code=code, name=gettext(name), outline=demo_plan.outline(box)
        )
    return site


def create_units(site: Site, actor: User) -> None:
    """Create the flats of the five houses, and the shops of the row."""
    flats = services.UnitRange(
        buildings=5,
        floors=12,
        units=6,
        pattern="{floor:2}{unit:2}",
        built_up_area=Decimal("89.60"),
        usable_area=Decimal("71.25"),
    )
    services.generate_units(site, actor, flats)
    since = clock.local(clock.now(), site.timezone).date() - timedelta(days=400)
    units = Unit.objects.filter(building__site=site)
    services.set_states_of_new_units(units, UnitState.State.VACANT, since)
    row = Building.objects.get(site=site, code="S")
    for number, area in enumerate(demo_plan.SHOP_AREAS, start=1):
        shop = services.create_unit(
            row,
            actor,
            code=f"{number:02}",
            use=Unit.Use.SHOP,
            floor=1,
            built_up_area=area,
            usable_area=area * Decimal("0.8"),
        )
        services.set_states_of_new_units([shop], UnitState.State.VACANT, since)


def create_lot(site: Site, actor: User) -> Lot:
    """Create the car park."""
    outline = demo_plan.outline(demo_plan.LOT)
    name = gettext("Courtyard")
    return services.create_lot(site, actor, code="main", name=name, capacity=80, outline=outline)


def create_lanes(lot: Lot, devices: DemoDevices) -> None:
    """Create an entry and an exit at each gate, with their devices.

    The north gate's cameras drive their barriers, as the Chinese ones do; the south gate's cameras
    and barriers use our own protocol.
    """
    for number, (code, (name, place)) in enumerate(demo_plan.GATES.items(), start=1):
        longitude, latitude = demo_plan.position(*place)
        gate = services.create_gate(
            lot.site,
            devices.actor,
            code=code,
            name=gettext(name),
            longitude=longitude,
            latitude=latitude,
        )
        for offset, direction in enumerate((Lane.Direction.ENTRY, Lane.Direction.EXIT)):
            serial = f"8c5f{number:02d}{offset:02d}-d3a1" if code == "north" else None
            _create_lane(gate, lot, direction, serial, devices)


def _create_lane(
    gate: Gate, lot: Lot, direction: str, serial: str | None, devices: DemoDevices
) -> None:
    name = gettext(demo_plan.LANES[gate.code, direction])
    lane = services.create_lane(gate, lot, devices.actor, direction=direction, name=name)
    code = f"{gate.code}-{direction}"
    camera = devices.register(
        f"{code}-camera",
        Device.Kind.CAMERA,
        "vzenith-mqtt" if serial else "gatehouse",
        serial=serial,
        lane=code,
        direction=direction,
    )
    services.place_camera(lane, camera, devices.actor, drives_barrier=serial is not None)
    if serial is None:
        kind = Device.Kind.BARRIER
        barrier = devices.register(f"{code}-barrier", kind, "gatehouse", lane=code)
        services.place_barrier(lane, barrier, devices.actor)


def create_bays(lot: Lot, devices: DemoDevices) -> None:
    """Create the bays, a sensor in each, all of them free."""
    for code, outline in demo_plan.bays().items():
        bay = services.create_bay(lot, devices.actor, code=code, outline=outline)
        kind = Device.Kind.BAY_SENSOR
        sensor = devices.register(f"bay-{code.lower()}", kind, "gatehouse", bay=code)
        services.place_sensor(bay, sensor, devices.actor)
        services.set_bay_status(sensor.pk, occupied=False, at=devices.since)
