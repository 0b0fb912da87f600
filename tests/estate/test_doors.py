"""Doors, their zones and groups, and the devices that serve them."""

import pytest

from core.models import AuditEntry
from estate import selectors, services
from estate.models import DoorDevice, DoorGroup
from tests.factories import (
    BuildingFactory,
    DeviceFactory,
    DoorFactory,
    DoorGroupFactory,
    ReaderFactory,
    SiteFactory,
    ZoneFactory,
)
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def door(site):
    return DoorFactory(site=site)


def controller(site):
    return DeviceFactory(site=site, driver="uhppote", kind="door")


def test_a_door_is_created_in_a_building_and_leads_into_a_zone(site):
    building, zone = BuildingFactory(site=site), ZoneFactory(site=site)
    door = services.create_door(
        site, staff(), code="h3", name="House 3", building=building, zone=zone, unlock_seconds=5
    )
    assert (door.building, door.zone, door.decides) == (building, zone, "server")
    assert rejected(services.create_door, site, staff(), code="h3", name="Other")[1] == (
        "already_used"
    )
    entry = AuditEntry.objects.get(subject_type="door", subject_id=str(door.pk))
    assert entry.action == "create door"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"unlock_seconds": 0}, ("unlock_seconds", "out_of_range")),
        ({"unlock_seconds": 121}, ("unlock_seconds", "out_of_range")),
        ({"held_open_seconds": 3601}, ("held_open_seconds", "out_of_range")),
        ({"type": "window"}, ("type", "invalid")),
        ({"name": " "}, ("name", "invalid")),
    ],
)
def test_a_wrong_value_is_rejected_by_its_field(site, values, expected):
    given = {"code": "d", "name": "Door", **values}
    assert rejected(services.create_door, site, staff(), **given) == expected


def test_places_of_another_site_are_no_place_of_a_door(site):
    elsewhere = {"code": "d", "name": "Door"}
    zone = ZoneFactory()
    assert rejected(services.create_door, site, staff(), **elsewhere, zone=zone) == (
        *("zone", "other_site"),
    )


def test_a_device_serves_one_door_by_each_of_its_own(site, door):
    reader, other = ReaderFactory(site=site), DoorFactory(site=site)
    served = services.connect_device(door, reader, staff(), number=2, direction="in")
    assert selectors.door_of(reader.pk, 2) == served
    assert rejected(services.connect_device, other, reader, staff(), number=2) == (
        *("number", "device_taken"),
    )
    services.disconnect_device(served, staff())
    assert services.connect_device(other, reader, staff(), number=2).door == other


@pytest.mark.parametrize(
    ("device", "number", "expected"),
    [
        ({"driver": "vzenith-mqtt"}, 1, ("device", "serves_no_door")),
        ({"driver": "gatehouse"}, 65, ("number", "out_of_range")),
        ({"driver": "uhppote"}, 1, ("decides", "device_cannot")),
    ],
)
def test_a_device_that_does_not_fit_is_rejected(site, door, device, number, expected):
    made = DeviceFactory(site=site, **device)
    assert rejected(services.connect_device, door, made, staff(), number=number) == expected


def test_a_device_of_another_site_is_rejected(door):
    assert rejected(services.connect_device, door, ReaderFactory(), staff()) == (
        *("device", "other_site"),
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"second_factor": True}, "second_factor"),
        ({"unlock_seconds": 5}, "unlock_seconds"),
        ({"held_open_seconds": 30}, "held_open_seconds"),
        ({"decides": "server"}, "decides"),
    ],
)
def test_what_a_controller_cannot_apply_is_rejected_with_the_reason(site, values, field):
    door = DoorFactory(site=site, decides="device")
    services.connect_device(door, controller(site), staff())
    assert rejected(services.change_door, door, staff(), **values) == (field, "device_cannot")


def test_a_setting_is_rejected_with_the_device_too(site):
    door = DoorFactory(site=site, decides="device", second_factor=True)
    assert rejected(services.connect_device, door, controller(site), staff()) == (
        *("second_factor", "device_cannot"),
    )


def test_a_controller_refuses_nobody_who_enters_twice_and_counts_nobody(site):
    zone = ZoneFactory(site=site)
    door = DoorFactory(site=site, decides="device", zone=zone)
    services.connect_device(door, controller(site), staff())
    group = services.create_door_group(site, staff(), code="all", name="All", doors=[door])
    change = services.change_door_group
    assert rejected(change, group, staff(), passback="hard") == ("passback", "device_cannot")
    hard = DoorGroupFactory(site=site, passback="hard")
    assert rejected(services.set_doors, hard, staff(), [door]) == ("doors", "device_cannot")
    limit = {"code": zone.code, "name": zone.name, "people_limit": 5}
    assert rejected(services.change_zone, zone, staff(), **limit) == (
        *("people_limit", "device_cannot"),
    )


def test_a_door_cannot_let_the_device_decide_where_its_group_refuses_entering_twice(site, door):
    services.create_door_group(
        site, staff(), code="all", name="All", doors=[door], passback=DoorGroup.Passback.HARD
    )
    services.change_door(door, staff(), decides="device")
    assert rejected(services.connect_device, door, controller(site), staff()) == (
        *("passback", "device_cannot"),
    )


def test_a_building_or_a_zone_with_doors_does_not_end(site):
    building, zone = BuildingFactory(site=site), ZoneFactory(site=site)
    door = DoorFactory(site=site, building=building, zone=zone)
    for place in (building, zone):
        assert rejected(services.end_place, place, staff()) == ("place", "in_use")
    services.end_place(door, staff())
    services.end_place(building, staff())


def test_an_ended_door_frees_its_devices(site, door):
    services.connect_device(door, ReaderFactory(site=site), staff())
    services.end_place(door, staff())
    assert not DoorDevice.objects.filter(door=door).exists()
    assert list(selectors.doors_at(site)) == []


def test_doors_of_a_group_are_of_its_site(site):
    group = DoorGroupFactory(site=site)
    assert rejected(services.set_doors, group, staff(), [DoorFactory()]) == ("doors", "other_site")
