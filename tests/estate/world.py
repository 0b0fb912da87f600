"""The places of a populated site: a gate with lanes, a unit, a bay, a list of devices."""

from datetime import date

from core import imports, runs
from core.models import ImportBatch
from estate import services
from estate.models import Bay, Door, DoorDevice, DoorGroup, PlanRevision, Unit, UnitState, Zone
from estate.site_history import SettingsChange, settings_changes
from tests.estate import plans
from tests.factories import (
    BayFactory,
    DoorFactory,
    DoorGroupFactory,
    ReaderFactory,
    UnitFactory,
    UserFactory,
    ZoneFactory,
)
from tests.gate import GateScene
from tests.rooms import World


def build_gate(world: World) -> GateScene:
    """A lot with a tariff, an entry lane and an exit lane."""
    return GateScene.build(site=world.site)


def import_devices(world: World) -> ImportBatch:
    """An imported list of one meter; other jobs of the site keep waiting."""
    rows = f"code,kind,driver\nmeter-of-{world.site.slug},meter,gatehouse\n"
    user = UserFactory()
    batch = imports.upload(world.site, user, "devices", "devices.csv", rows.encode())
    runs.work_on_chunk(batch.run_id)
    batch = imports.confirm(batch, user)
    runs.work_on_chunk(batch.run_id)
    batch.refresh_from_db()
    return batch


def add_unit(world: World) -> Unit:
    """A unit of a building."""
    return UnitFactory(building__site=world.site)


def set_state(world: World) -> UnitState:
    """The state of the unit."""
    return UnitState.objects.create(unit=world.unit, state="let", begins_on=date(2026, 1, 1))


def add_bay(world: World) -> Bay:
    """A bay of the gate's lot."""
    return BayFactory(lot=world.gate.lot, status="free", sensed="free")


def publish_plan(world: World) -> PlanRevision:
    """A published plan, which makes no places."""
    return plans.publish(world.site, plans.drawing(plans.shape("road", "R1")))


def change_settings(world: World) -> SettingsChange:
    """A change of the site's settings."""
    services.change_site(world.site, "setup", language="en")
    return settings_changes(world.site)[0]


def add_zone(world: World) -> Zone:
    """A zone that the door leads into."""
    return ZoneFactory(site=world.site, people_limit=40)


def add_door(world: World) -> Door:
    """A door of a building that leads into the zone."""
    return DoorFactory(site=world.site, zone=world.zone, building=world.unit.building)


def add_door_group(world: World) -> DoorGroup:
    """A group with the door."""
    group = DoorGroupFactory(site=world.site)
    group.doors.add(world.door)
    return group


def connect_reader(world: World) -> DoorDevice:
    """The reader that serves the door."""
    return services.connect_device(world.door, ReaderFactory(site=world.site), "setup")


ROWS = {
    "settings_change": change_settings,
    "gate": build_gate,
    "device_import": import_devices,
    "unit": add_unit,
    "unit_state": set_state,
    "bay": add_bay,
    "plan_revision": publish_plan,
    "zone": add_zone,
    "door": add_door,
    "door_group": add_door_group,
    "served_door": connect_reader,
}
