"""Where an incident is: found when it is raised."""

import pytest

from core import clock
from estate import services as estate
from incidents import services
from incidents.alarms.scopes import scope_of
from tests.factories import (
    BuildingFactory,
    DeviceFactory,
    GateFactory,
    LaneFactory,
    UnitFactory,
    UserFactory,
)
from tests.incidents.alarms import add

pytestmark = pytest.mark.django_db


def raised(site, source, detail):
    return services.raise_incident(site.pk, "device_alarm", source, "severe", clock.now(), detail)


def test_an_incident_of_a_device_is_where_the_device_was_when_it_was_raised():
    sensor = DeviceFactory(kind="sensor")
    garage = BuildingFactory(site=sensor.site, name="Garage")
    estate.locate_device(sensor, UserFactory(), garage, note="level -1", position=(121.0, 31.0))
    incident = raised(sensor.site, f"device:{sensor.pk}:smoke", {})
    estate.locate_device(sensor, UserFactory(), None)
    again = raised(sensor.site, f"device:{sensor.pk}:smoke", {})
    assert again == incident
    assert (again.place, again.building, again.lot) == ("Garage · level -1", garage, None)
    assert (again.longitude, again.latitude) == (121.0, 31.0)


def test_an_incident_of_a_car_is_at_the_lane_where_it_was_seen():
    gate = GateFactory(name="North gate")
    lane = LaneFactory(gate=gate, lot__site=gate.site, camera=None, name="In")
    incident = raised(gate.site, "watch:7", {"lane_id": lane.pk})
    assert (incident.place, incident.lot) == ("North gate · In", lane.lot)


@pytest.mark.parametrize("source", ["watch:7", "device:x", "device:999999", "lane:999999", ""])
def test_an_incident_of_no_known_place_is_raised_without_one(source):
    assert raised(DeviceFactory().site, source, {}).place == ""


def test_a_rule_of_a_building_watches_its_devices_and_no_lane():
    unit = UnitFactory()
    building, site = unit.building, unit.building.site
    in_unit, in_hall, outside = (DeviceFactory(site=site, kind="sensor") for _each in range(3))
    estate.locate_device(in_unit, UserFactory(), unit)
    estate.locate_device(in_hall, UserFactory(), building)
    of_building = scope_of(add(site, building=building))
    of_unit = scope_of(add(site, unit=unit, name="of the unit"))
    watched = [
        [scope.covers_device(each.pk, each.kind) for each in (in_unit, in_hall, outside)]
        for scope in (of_building, of_unit)
    ]
    assert watched == [[True, True, False], [True, False, False]]
    assert not of_building.covers_lane(1)
