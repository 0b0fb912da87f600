"""Doors, zones and groups of doors are listed, made, changed and ended in the console."""

import pytest

from core.permissions import StandardRole
from doors.granting import RESIDENTS, grant
from doors.models import OpenHours, Right
from doors.time_profiles import create_profile
from estate import services
from estate.models import Door, DoorDevice, DoorGroup, Zone
from tests.browsers import hire, signed_in, text
from tests.factories import (
    BuildingFactory,
    DeviceFactory,
    DoorFactory,
    DoorGroupFactory,
    ReaderFactory,
    SiteFactory,
    ZoneFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def manager(site):
    return signed_in(hire(site, StandardRole.MANAGER))


@pytest.fixture
def times(site):
    windows = [{"days": [0, 1, 2, 3, 4], "begins": "08:00", "ends": "18:00"}]
    return create_profile(site, "setup", name="Office hours", windows=windows)


def url(site, path: str) -> str:
    return f"/s/{site.slug}/places/{path}"


DOOR = {"type": "entrance", "directions": "both", "decides": "server"}


def test_a_door_is_made_changed_and_ended(manager, site):
    zone = ZoneFactory(site=site, name="Courtyard")
    values = {**DOOR, "code": "h3", "name": "House 3", "zone": zone.pk, "unlock_seconds": "5"}
    assert manager.post(url(site, "doors/add/"), values).status_code == 204
    door = Door.objects.get(site=site)
    assert (door.zone, door.unlock_seconds, door.second_factor) == (zone, 5, False)
    page = text(manager.get(url(site, f"doors/{door.pk}/")))
    assert "Courtyard" in page
    assert "can get no right to it" in page
    changed = {**values, "unlock_seconds": "", "second_factor": "on"}
    assert manager.post(url(site, f"doors/{door.pk}/change/"), changed).status_code == 204
    door.refresh_from_db()
    assert (door.unlock_seconds, door.second_factor) == (None, True)
    assert manager.post(url(site, f"doors/{door.pk}/end/")).status_code == 204
    assert "House 3" not in text(manager.get(url(site, "doors/"), {"state": "in_use"}))
    assert "House 3" in text(manager.get(url(site, "doors/"), {"state": "ended"}))


def test_a_setting_that_the_device_cannot_apply_stands_at_its_field(manager, site):
    door = DoorFactory(site=site, decides="device")
    device = DeviceFactory(site=site, driver="uhppote", kind="door", code="ctl-1")
    services.connect_device(door, device, "setup")
    values = {**DOOR, "code": door.code, "name": door.name, "decides": "device"}
    answer = manager.post(url(site, f"doors/{door.pk}/change/"), {**values, "second_factor": "on"})
    assert answer.status_code == 422
    assert "cannot ask for a second factor by itself" in text(answer)
    form = answer.context["form"]
    assert list(form.errors) == ["second_factor"]
    assert "cannot report a PIN under duress" in text(manager.get(url(site, f"doors/{door.pk}/")))


def test_a_device_is_connected_and_disconnected(manager, site):
    door, reader = DoorFactory(site=site), ReaderFactory(site=site)
    camera = DeviceFactory(site=site, code="cam-1")
    dialog = text(manager.get(url(site, f"doors/{door.pk}/connect/")))
    assert reader.code in dialog
    assert camera.code not in dialog
    values = {"device": reader.pk, "number": "2", "direction": "in"}
    assert manager.post(url(site, f"doors/{door.pk}/connect/"), values).status_code == 204
    again = manager.post(url(site, f"doors/{door.pk}/connect/"), values)
    assert list(again.context["form"].errors) == ["number"]
    served = DoorDevice.objects.get(door=door)
    assert manager.post(url(site, f"doors/devices/{served.pk}/disconnect/")).status_code == 204
    assert not door.devices.exists()


def test_a_controller_that_does_not_ask_is_refused_where_the_server_decides(manager, site):
    door = DoorFactory(site=site)
    device = DeviceFactory(site=site, driver="uhppote", kind="door")
    values = {"device": device.pk, "number": "1", "direction": "both"}
    answer = manager.post(url(site, f"doors/{door.pk}/connect/"), values)
    assert answer.status_code == 422
    assert "cannot ask the server before it opens" in text(answer)


def test_a_group_holds_doors_and_says_who_may_enter(manager, site):
    doors = DoorFactory.create_batch(2, site=site)
    DoorFactory(name="Door elsewhere")
    values = {"code": "all", "name": "All doors", "passback": "soft", "forgiven_after_hours": "8"}
    assert manager.post(url(site, "door-groups/add/"), values).status_code == 204
    group = DoorGroup.objects.get(site=site)
    address = url(site, f"door-groups/{group.pk}/doors/")
    assert "Door elsewhere" not in text(manager.get(address))
    assert manager.post(address, {"doors": [each.pk for each in doors]}).status_code == 204
    grant(group, "setup", RESIDENTS, origin="occupancy")
    for path in (f"door-groups/{group.pk}/", f"doors/{doors[0].pk}/"):
        assert "All who live or work at the site" in text(manager.get(url(site, path)))
    assert not manager.get(url(site, f"door-groups/{group.pk}/end/")).context["dialog"].button


def test_hard_passback_is_refused_with_a_device_that_cannot(manager, site):
    door = DoorFactory(site=site, decides="device")
    services.connect_device(door, DeviceFactory(site=site, driver="uhppote", kind="door"), "setup")
    group = DoorGroupFactory(site=site)
    group.doors.add(door)
    values = {"code": group.code, "name": group.name, "passback": "hard"}
    answer = manager.post(url(site, f"door-groups/{group.pk}/change/"), values)
    assert list(answer.context["form"].errors) == ["passback"]


def test_a_zone_with_a_limit_is_refused_by_a_device_that_does_not_count(manager, site):
    zone = ZoneFactory(site=site)
    door = DoorFactory(site=site, zone=zone, decides="device")
    services.connect_device(door, DeviceFactory(site=site, driver="uhppote", kind="door"), "setup")
    values = {"code": zone.code, "name": zone.name, "people_limit": "3"}
    answer = manager.post(url(site, f"zones/{zone.pk}/change/"), values)
    assert list(answer.context["form"].errors) == ["people_limit"]
    assert Zone.objects.get(pk=zone.pk).people_limit is None


def test_houses_get_an_entrance_with_the_residents_right(manager, site):
    first, second = (BuildingFactory(site=site, code=code) for code in ("3", "4 A"))
    DoorFactory(site=site, building=first)
    plan = manager.post(url(site, "doors/entrances/"), {"decides": "server", "for_residents": "on"})
    assert second.name in text(plan)
    assert not Door.objects.filter(building=second).exists()
    values = {"decides": "server", "for_residents": "on", "confirm": plan.context["token"]}
    assert manager.post(url(site, "doors/entrances/"), values).status_code == 204
    made = Door.objects.get(building=second)
    assert made.code == "4-a"
    right = Right.objects.get(group__doors=made)
    assert (right.building, right.origin) == (second, "occupancy")
    assert Door.objects.filter(building=first).count() == 1


def test_lists_are_narrowed_by_building_zone_group_and_devices(manager, site):
    building, zone = BuildingFactory(site=site), ZoneFactory(site=site)
    near = DoorFactory(site=site, name="Near", building=building, zone=zone)
    DoorFactory(site=site, name="Far")
    group = DoorGroupFactory(site=site)
    group.doors.add(near)
    services.connect_device(near, ReaderFactory(site=site), "setup")
    wanted = (
        {"building": building.pk},
        {"zone": zone.pk},
        {"group": group.pk},
        {"devices": "with"},
    )
    for query in wanted:
        page = text(manager.get(url(site, "doors/"), query))
        assert "Near" in page
        assert "Far" not in page


def test_a_door_is_open_to_all_in_a_time_profile(manager, site, times):
    door = DoorFactory(site=site)
    address = url(site, f"doors/{door.pk}/open-hours/")
    assert manager.post(address, {"profile": times.pk}).status_code == 204
    assert times.name in text(manager.get(url(site, f"doors/{door.pk}/")))
    assert manager.post(address, {"profile": ""}).status_code == 204
    assert not OpenHours.objects.filter(door=door).exists()
