"""Lanes are created at gates and changed with their devices."""

import pytest

from core import audit
from core.errors import Rejection
from estate import services
from estate.models import Lane
from tests.factories import DeviceFactory, GateFactory, LaneFactory, LotFactory
from tests.gate import GateScene, staff
from tests.live import announcements

pytestmark = pytest.mark.django_db


def change(lane, **values):
    lane = Lane.objects.get(pk=lane.pk)
    names = ("code", "name", "direction", "lot", "camera", "barrier")
    now = {name: getattr(lane, name) for name in names}
    return services.change_lane(lane, staff("li"), **{**now, **values})


def rejected(field, code, attempt):
    with pytest.raises(Rejection) as found:
        attempt()
    assert (found.value.field, found.value.code) == (field, code)


def test_lanes_of_one_direction_get_numbered_codes():
    gate = GateFactory()
    lot = LotFactory(site=gate.site)
    add = lambda: services.create_lane(gate, lot, staff(), direction="entry", name="In")  # noqa: E731
    assert [add().code for _ in range(3)] == ["entry", "entry-2", "entry-3"]


def test_a_lane_leads_into_a_lot_of_its_own_site_that_is_in_use():
    gate = GateFactory()
    rejected(
        "lot",
        "other_site",
        lambda: services.create_lane(gate, LotFactory(), staff(), direction="exit", name="Out"),
    )
    ended = services.end_place(LotFactory(site=gate.site), staff())
    rejected(
        "lot",
        "has_ended",
        lambda: services.create_lane(gate, ended, staff(), direction="exit", name="Out"),
    )


@pytest.mark.parametrize(("field", "wrong"), [("direction", "up"), ("name", "")])
def test_a_malformed_lane_is_rejected(field, wrong):
    gate = GateFactory()
    values = {"direction": "entry", "name": "In", field: wrong}
    with pytest.raises(Rejection) as found:
        services.create_lane(gate, LotFactory(site=gate.site), staff(), **values)
    assert found.value.field == field


def test_devices_are_assigned_and_taken_away_with_the_lane_s_other_values():
    lane = LaneFactory(camera=None, barrier=None)
    camera = DeviceFactory(site=lane.site, driver="gatehouse")
    barrier = DeviceFactory(site=lane.site, kind="barrier", driver="gatehouse")
    changed = change(lane, name="North in", camera=camera, barrier=barrier)
    assert (changed.name, changed.camera, changed.barrier) == ("North in", camera, barrier)
    entry = audit.history(lane.site, ("lane", lane.pk)).last()
    assert entry.detail == {
        "name": [lane.name, "North in"],
        "camera": ["", camera.code],
        "barrier": ["", barrier.code],
    }
    changed = change(lane, camera=None, barrier=None)
    assert (changed.camera, changed.barrier) == (None, None)
    assert ("lane", lane.site.pk, lane.pk) in announcements()


def test_a_camera_may_drive_the_barrier_and_stop_doing_so():
    lane = LaneFactory(camera=None, barrier=None)
    camera = DeviceFactory(site=lane.site)
    assert change(lane, camera=camera, barrier=camera).barrier == camera
    changed = change(lane, barrier=None)
    assert (changed.camera, changed.barrier) == (camera, None)


def test_a_device_of_another_lane_is_not_taken_from_it():
    gate = GateScene.build()
    camera = gate.exit.camera
    rejected("camera", "device_taken", lambda: change(gate.entry, camera=camera, barrier=camera))
    gate.exit.refresh_from_db()
    assert gate.exit.camera == camera


@pytest.mark.parametrize("kind", ["camera", "barrier"])
def test_a_device_that_does_not_fit_is_rejected(kind):
    lane = LaneFactory(camera=None, barrier=None)
    meter = DeviceFactory(site=lane.site, kind="meter", driver="gatehouse")
    stray = DeviceFactory(kind=kind, driver="gatehouse")
    for device in (meter, stray):
        with pytest.raises(Rejection):
            change(lane, **{kind: device})


def test_direction_lot_and_camera_stay_while_a_car_waits():
    gate = GateScene.build()
    gate.sees(gate.exit, "沪A12345")
    other = LotFactory(site=gate.site)
    for values in ({"direction": "entry"}, {"lot": other}, {"camera": None, "barrier": None}):
        rejected("direction", "in_use", lambda values=values: change(gate.exit, **values))
    assert change(gate.exit, name="South out").name == "South out"
    gate.moves(gate.exit, "turned_back")
    assert change(gate.exit, lot=other).lot == other


def test_the_second_of_two_people_is_shown_what_the_first_has_changed():
    lane = LaneFactory()
    shown = services.revision_of(lane)
    change(lane, name="North in", revision=shown)
    with pytest.raises(Rejection, match=r"by li at .* → North in"):
        change(lane, name="North entry", revision=shown)
