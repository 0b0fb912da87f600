"""The demo community's places: buildings, a lot with its bays, and two gates with their lanes."""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import get_language, gettext

from core import clock
from core.models import Site, User
from devices.demo import DemoDevices
from estate import services
from estate.demo import community_plan, places
from estate.models import Building, Lane, Lot, Unit, UnitState
from estate.services.common import Actor

DRAWING = community_plan.DRAWING


def create_site(actor: Actor, slug: str) -> Site:
    """Create the site and its buildings."""
    organisation = services.create_organisation(
        gettext("Willow Court Property Services Ltd"),
        tax_number="91310000MA1K35X06Q",
        address=gettext("18 Garden Road, Shanghai"),
    )
    site = services.create_site(
        actor,
        organisation=organisation,
        slug=slug,
        name=gettext("Willow Court"),
        timezone="Asia/Shanghai",
        currency="CNY",
        plate_countries=["CN", "DE"],
        language=get_language() or "",
        longitude=DRAWING.longitude,
        latitude=DRAWING.latitude,
    )
    for code, (name, box) in community_plan.BUILDINGS.items():
        services.create_building(
            site, actor, code=code, name=gettext(name), outline=DRAWING.outline(box)
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
    for number, area in enumerate(community_plan.SHOP_AREAS, start=1):
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
    outline = DRAWING.outline(community_plan.LOT)
    name = gettext("Courtyard")
    return services.create_lot(site, actor, code="main", name=name, capacity=80, outline=outline)


def create_lanes(lot: Lot, devices: DemoDevices) -> None:
    """Create an entry and an exit at each gate, with their devices.

    The north gate's cameras drive their barriers; the south gate's cameras and barriers use our
    own protocol.
    """
    for number, (code, (name, place)) in enumerate(community_plan.GATES.items(), start=1):
        gate = places.create_gate(devices, DRAWING, code, name, place)
        for offset, direction in enumerate(Lane.Direction):
            serial = f"8c5f{number:02d}{offset:02d}-d3a1" if code == "north" else None
            lane = community_plan.LANES[code, direction]
            places.create_lane(gate, lot, direction, lane, devices, serial=serial)


def create_bays(lot: Lot, devices: DemoDevices) -> None:
    """Create the bays with their sensors."""
    places.create_bays(lot, community_plan.bays(), devices)
