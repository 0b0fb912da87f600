"""The demo logistics park's places: warehouses and offices, a truck yard and a car park."""

from datetime import date, timedelta

from django.utils.translation import get_language, gettext

from core import clock
from core.models import Site, User
from devices.demo import DemoDevices
from estate import services
from estate.demo import park_plan, places
from estate.demo.park_plan import Areas, LotPlan
from estate.models import Building, Lane, Lot, PlateColour, Unit, UnitState
from estate.services.common import Actor

DRAWING = park_plan.DRAWING
#: The plates of the simulator's vehicles that use the truck yard, and the staff's car park.
TRUCKS, CARS = ("cn-yellow",), ("cn-blue", "cn-green")


def create_site(actor: Actor, slug: str) -> Site:
    """Create the site and its buildings."""
    organisation = services.create_organisation(
        gettext("Harbour Road Logistics Ltd"),
        tax_number="91310000MA1GT7R52B",
        address=gettext("500 Harbour Road, Shanghai"),
    )
    site = services.create_site(
        actor,
        organisation=organisation,
        slug=slug,
        name=gettext("Harbour Road Logistics Park"),
        timezone="Asia/Shanghai",
        currency="CNY",
        plate_countries=["CN"],
        language=get_language() or "",
        longitude=DRAWING.longitude,
        latitude=DRAWING.latitude,
    )
    for code, (name, box) in park_plan.BUILDINGS.items():
        services.create_building(
            site, actor, code=code, name=gettext(name), outline=DRAWING.outline(box)
        )
    return site


def create_units(site: Site, actor: User) -> None:
    """Create the halls of the warehouses, and the offices."""
    since = clock.local(clock.now(), site.timezone).date() - timedelta(days=400)
    buildings = {each.code: each for each in Building.objects.filter(site=site)}
    for code, (halls, areas) in park_plan.HALLS.items():
        for hall in halls:
            _create_unit(buildings[code], actor, hall, Unit.Use.WAREHOUSE, 1, areas, since)
    for floor in range(1, park_plan.OFFICE_FLOORS + 1):
        for number in range(1, park_plan.OFFICES_A_FLOOR + 1):
            code, areas = f"{floor}{number:02}", park_plan.OFFICE
            _create_unit(buildings["O"], actor, code, Unit.Use.OFFICE, floor, areas, since)


def _create_unit(
    building: Building,
    actor: User,
    code: str,
    use: str,
    floor: int,
    areas: Areas,
    since: date,
) -> None:
    built_up, usable = areas
    unit = services.create_unit(
        building,
        actor,
        code=code,
        use=use,
        floor=floor,
        built_up_area=built_up,
        usable_area=usable,
    )
    services.set_states_of_new_units([unit], UnitState.State.VACANT, since)


def create_lots(site: Site, devices: DemoDevices) -> list[Lot]:
    """Create the truck yard and the staff's car park, each with a gate, lanes and bays."""
    return [_create_lot(site, plan, devices) for plan in park_plan.LOTS]


def _create_lot(site: Site, plan: LotPlan, devices: DemoDevices) -> Lot:
    lot = services.create_lot(
        site,
        devices.actor,
        code=plan.code,
        name=gettext(plan.name),
        capacity=plan.capacity,
        outline=DRAWING.outline(plan.outline),
    )
    designs = TRUCKS if plan.for_trucks else CARS
    gate = places.create_gate(devices, DRAWING, plan.code, plan.gate, plan.gate_at)
    for number, direction in enumerate(Lane.Direction):
        lane = places.create_lane(
            gate,
            lot,
            direction,
            plan.lanes[direction],
            devices,
            serial=f"9d20{number:02d}00-e7b4" if plan.for_trucks else None,
            designs=designs,
        )
        if plan.for_trucks:
            _admit_trucks(lane, devices.actor)
    places.create_bays(lot, plan.bays(), devices, designs=designs)
    return lot


def _admit_trucks(lane: Lane, actor: User) -> None:
    """Let only yellow plates use a lane; its other limits stay as they are."""
    services.set_lane_limits(
        lane,
        actor,
        camera_limit=lane.camera_limit,
        reader_limit=lane.reader_limit,
        known_limit=lane.known_limit,
        plate_colours=[PlateColour.YELLOW.value, PlateColour.YELLOW_GREEN.value],
        reread_seconds=lane.reread_seconds,
    )
