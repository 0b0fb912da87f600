"""Devices that serve no lane and no bay have a place, too."""

import pytest

from core.errors import Rejection
from core.models import AuditEntry
from estate import locations, services
from estate.models import DevicePlace
from tests.factories import (
    BayFactory,
    BuildingFactory,
    DeviceFactory,
    GateFactory,
    LaneFactory,
    LotFactory,
    UnitFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
SQUARE = [[121.0, 31.0], [121.2, 31.0], [121.2, 31.2], [121.0, 31.2]]


@pytest.fixture
def sensor():
    return DeviceFactory(kind="sensor")


def where(device):
    return locations.location_of_device(device.pk)


def test_a_device_in_a_building_is_in_its_middle(sensor):
    building = BuildingFactory(site=sensor.site, name="Garage", outline=SQUARE)
    services.locate_device(sensor, UserFactory(), building, note="level -1")
    found = where(sensor)
    assert (found.label, found.building_id, found.lot_id) == (
        "Garage · level -1",
        building.pk,
        None,
    )
    assert found.position == pytest.approx((121.1, 31.1))


def test_a_device_in_a_unit_is_in_its_building_as_well(sensor):
    unit = UnitFactory(building__site=sensor.site, building__name="Tower", code="0803")
    services.locate_device(sensor, UserFactory(), unit)
    assert where(sensor).label == "Tower · 0803"
    assert locations.devices_in_unit(unit.pk) == {sensor.pk}
    assert locations.devices_in_building(unit.building_id) == {sensor.pk}


def test_a_position_of_its_own_goes_before_the_middle(sensor):
    lot = LotFactory(site=sensor.site, outline=SQUARE)
    services.locate_device(sensor, UserFactory(), lot, position=(121.15, 31.05))
    assert where(sensor).position == (121.15, 31.05)
    assert locations.devices_in_lot(lot.pk) == {sensor.pk}


def test_a_device_at_a_lane_is_at_its_gate():
    gate = GateFactory(name="North gate", longitude=121.5, latitude=31.5)
    camera = DeviceFactory(site=gate.site)
    lane = LaneFactory(gate=gate, lot__site=gate.site, camera=camera, name="In")
    assert where(camera) == locations.Location("North gate · In", (121.5, 31.5), lot_id=lane.lot_id)
    assert camera.pk in locations.devices_in_lot(lane.lot_id)


def test_a_bay_s_sensor_is_in_the_bay(sensor):
    lot = LotFactory(site=sensor.site, name="Yard", outline=SQUARE)
    BayFactory(lot=lot, code="A-001", sensor=sensor)
    assert where(sensor).label == "Yard · A-001"
    assert where(sensor).position == pytest.approx((121.1, 31.1))


def test_a_device_without_a_place_is_nowhere(sensor):
    assert where(sensor) == locations.NOWHERE


def test_a_new_place_replaces_the_former_one_and_is_audited(sensor):
    services.locate_device(sensor, UserFactory(), None, note="roof")
    services.locate_device(sensor, UserFactory(), LotFactory(site=sensor.site, name="Yard"))
    assert str(DevicePlace.objects.get(device=sensor)) == "Yard"
    assert [each.detail["place"] for each in AuditEntry.objects.order_by("pk")] == ["roof", "Yard"]


def test_a_place_of_another_site_or_one_that_has_ended_is_rejected(sensor):
    ended = services.end_place(LotFactory(site=sensor.site), UserFactory())
    for place, code in ((LotFactory(), "other_site"), (ended, "has_ended")):
        with pytest.raises(Rejection) as rejected:
            services.locate_device(sensor, UserFactory(), place)
        assert (rejected.value.field, rejected.value.code) == ("place", code)
    assert not DevicePlace.objects.exists()


@pytest.mark.parametrize("position", [(181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0)])
def test_a_position_off_the_globe_is_rejected(sensor, position):
    with pytest.raises(Rejection) as rejected:
        services.locate_device(sensor, UserFactory(), None, position=position)
    assert rejected.value.code == "position_outside"


def test_a_building_with_a_device_is_not_removed(sensor):
    building = BuildingFactory(site=sensor.site)
    services.locate_device(sensor, UserFactory(), building)
    with pytest.raises(Rejection) as rejected:
        services.remove_place(building, UserFactory())
    assert rejected.value.code == "referred_to"
