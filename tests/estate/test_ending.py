"""Places end when nothing needs them; what records refer to is never deleted."""

import pytest

from access.models import Passage
from core import audit
from core.errors import Rejection
from estate import ports, selectors, services
from estate.models import Bay, Building, Gate, Lane, Lot, Unit
from parking import selectors as parking
from people.periods import today
from people.services import move_out
from tests.factories import (
    BayFactory,
    BuildingFactory,
    DeviceFactory,
    GateFactory,
    LaneFactory,
    LotFactory,
    OccupancyFactory,
    StayFactory,
    UnitFactory,
)
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db


def end(place):
    return services.end_place(type(place).objects.get(pk=place.pk), staff("li"))


def texts(place):
    return [usage.text for usage in ports.usages_of(place)]


def drawn(site):
    return [each["properties"]["kind"] for each in selectors.site_plan(site)["features"]]


def blocked(place) -> Rejection:
    with pytest.raises(Rejection) as rejected:
        end(place)
    place.refresh_from_db()
    assert place.ended_at is None
    assert rejected.value.code == "in_use"
    return rejected.value


@pytest.mark.parametrize(
    "make", [BuildingFactory, UnitFactory, LotFactory, BayFactory, GateFactory]
)
def test_an_unused_place_ends_with_its_name_in_the_audit(make):
    place = make()
    end(place)
    place.refresh_from_db()
    assert place.ended_at is not None
    entry = audit.history(place.site, (place.kind, place.pk)).last()
    assert (entry.actor, entry.action) == ("li", f"end {place.kind}")
    with pytest.raises(Rejection, match="has ended"):
        end(place)


def test_a_lot_with_lanes_does_not_end_until_they_are_moved():
    lot = LotFactory()
    lanes = [LaneFactory(site=lot.site, lot=lot) for _ in range(3)]
    assert "3 lanes use this car park" in blocked(lot).message
    usage = ports.usages_of(lot)[0]
    assert {row.pk for row in usage.rows} == {lane.pk for lane in lanes}
    other = LotFactory(site=lot.site)
    for lane in lanes:
        values = {"code": lane.code, "name": lane.name, "direction": lane.direction}
        devices = {"camera": lane.camera, "barrier": lane.barrier}
        services.change_lane(lane, staff(), lot=other, **values, **devices)
    end(lot)


def test_a_lot_with_cars_inside_does_not_end():
    lot = StayFactory().lot
    assert "1 car is inside" in blocked(lot).message


def test_a_lot_s_bays_end_with_it_and_their_sensors_become_free():
    bay = BayFactory()
    sensor = DeviceFactory(site=bay.site, kind="bay_sensor", driver="gatehouse")
    services.place_sensor(bay, sensor, staff())
    BayFactory(lot=bay.lot)
    assert texts(bay.lot) == ["2 bays end with it", "1 sensor is free for another bay then"]
    end(bay.lot)
    assert not Bay.objects.in_use().exists()
    assert selectors.bay_of(sensor) is None


def test_a_gate_with_lanes_does_not_end():
    lane = LaneFactory()
    assert "1 lane is at this gate" in blocked(lane.gate).message
    end(lane)
    end(lane.gate)


def test_a_unit_and_its_building_do_not_end_while_people_live_there():
    occupancy = OccupancyFactory()
    assert "1 person or company is registered here" in blocked(occupancy.unit).message
    assert "1 person or company is registered here" in blocked(occupancy.unit.building).message
    move_out(occupancy, staff(), on=today(occupancy.site))
    end(occupancy.unit.building)


def test_a_building_s_units_end_with_it():
    building = UnitFactory().building
    UnitFactory(building=building)
    assert texts(building) == ["2 units end with it"]
    end(building)
    assert Unit.objects.in_use().count() == 0
    entry = audit.history(building.site, ("building", building.pk)).last()
    assert entry.detail["units"] == 2


@pytest.mark.parametrize("plate", ["沪A12345", "MAV1234", ""])
def test_a_lane_does_not_end_while_a_car_waits_in_it(plate):
    gate = GateScene.build(hold_watched=True)
    passage = gate.sees(gate.exit, plate)
    assert passage.state == Passage.State.HELD
    assert "a car is waiting" in blocked(gate.exit).message
    gate.moves(gate.exit, "turned_back")
    end(gate.exit)


def test_a_lane_that_has_ended_leaves_boards_and_frees_its_devices():
    from access.selectors import lane_board

    gate = GateScene.build()
    camera = gate.entry.camera
    end(gate.entry)
    assert [view.lane for view in lane_board(gate.site)] == [gate.exit]
    assert list(selectors.lanes_at(gate.site)) == [gate.exit]
    assert list(selectors.lanes_of(camera)) == []
    services.place_camera(gate.exit, camera, staff())


def test_the_camera_of_an_ended_lane_makes_no_decisions():
    gate = GateScene.build()
    end(gate.entry)
    with pytest.raises(Passage.DoesNotExist):
        gate.sees(gate.entry, "沪A12345")


def test_no_device_is_placed_at_an_ended_place():
    lane, bay = LaneFactory(camera=None, barrier=None), BayFactory()
    camera = DeviceFactory(site=lane.site)
    sensor = DeviceFactory(site=bay.site, kind="bay_sensor", driver="gatehouse")
    end(lane)
    end(bay)
    for attempt in (
        lambda: services.place_camera(lane, camera, staff()),
        lambda: services.place_barrier(lane, camera, staff()),
        lambda: services.place_sensor(bay, sensor, staff()),
    ):
        with pytest.raises(Rejection, match="has ended"):
            attempt()


def test_ended_places_leave_the_plan_and_the_occupancy():
    square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
    gate = GateScene.build(outline=square)
    BayFactory(lot=gate.lot, outline=square)
    building = BuildingFactory(site=gate.site, outline=square)
    assert drawn(gate.site) == ["lot", "building", "bay"]
    end(building)
    end(gate.entry)
    end(gate.exit)
    end(gate.lot)
    assert drawn(gate.site) == []
    assert parking.occupancy(gate.site) == []


def test_a_place_that_has_ended_is_used_again():
    lot = LotFactory()
    bay = BayFactory(lot=lot)
    end(lot)
    bay.refresh_from_db()
    with pytest.raises(Rejection, match="has ended"):
        services.restore_place(bay, staff())
    services.restore_place(lot, staff())
    services.restore_place(bay, staff())
    assert list(selectors.bays_of(lot.site)) == [bay]
    assert audit.history(lot.site, ("lot", lot.pk)).last().action == "restore lot"


@pytest.mark.parametrize(
    "make", [BuildingFactory, UnitFactory, LotFactory, BayFactory, GateFactory]
)
def test_a_place_that_no_record_refers_to_may_be_removed(make):
    place = make()
    site, subject = place.site, (place.kind, place.pk)
    services.remove_place(place, staff())
    assert not type(place).objects.filter(pk=subject[1]).exists()
    assert audit.history(site, subject).last().action == f"remove {subject[0]}"


def test_a_place_that_records_refer_to_is_not_removed():
    lane, stay = LaneFactory(), StayFactory()
    unit = OccupancyFactory().unit
    for place in (lane, lane.gate, lane.lot, stay.lot, unit, unit.building):
        with pytest.raises(Rejection) as rejected:
            services.remove_place(place, staff())
        assert rejected.value.code == "referred_to"
    assert Lane.objects.count() == Gate.objects.count() == 1
    assert Lot.objects.count() == 2
    assert Building.objects.count() == 1
