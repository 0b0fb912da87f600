"""Devices are assigned to places that fit them, replace former ones, and are announced."""

import pytest

from core import audit
from core.errors import Rejection
from core.models import AuditEntry
from devices.drivers import vzenith_mqtt
from estate import selectors, services
from estate.models import Bay, Lane
from tests.estate.test_bays import report_bay
from tests.factories import BayFactory, DeviceFactory, LaneFactory, SiteFactory
from tests.gate import GateScene, open_commands, staff
from tests.live import announcements

pytestmark = pytest.mark.django_db

LIMITS = {
    "camera_limit": 80,
    "reader_limit": 85,
    "known_limit": 70,
    "plate_colours": ["blue"],
    "reread_seconds": 30,
}


@pytest.fixture
def lane():
    """A lane without devices."""
    return LaneFactory(camera=None, barrier=None)


def new(lane, kind="camera", driver="gatehouse"):
    return DeviceFactory(site=lane.gate.site, kind=kind, driver=driver)


def at(lane):
    lane = Lane.objects.get(pk=lane.pk)
    return lane.camera, lane.barrier


def test_an_assigned_camera_reads_the_cars_of_its_lane_and_opens_for_them():
    gate = GateScene.build()
    camera = DeviceFactory(site=gate.site)
    services.place_camera(gate.entry, camera, staff(), drives_barrier=True)
    gate.entry.refresh_from_db()
    passage = gate.sees(gate.entry, "沪A12345")
    assert passage.device == camera
    assert open_commands(gate.entry) == 1


def test_a_camera_without_an_output_leaves_the_lane_its_barrier(lane):
    barrier = new(lane, "barrier")
    services.place_barrier(lane, barrier, staff())
    camera = new(lane)
    services.place_camera(lane, camera, staff())
    assert at(lane) == (camera, barrier)


def test_a_barrier_driven_by_the_former_camera_is_removed_with_it(lane):
    services.place_camera(lane, new(lane), staff(), drives_barrier=True)
    second = new(lane)
    services.place_camera(lane, second, staff())
    assert at(lane) == (second, None)


def test_a_camera_leaves_its_former_lane():
    gate = GateScene.build()
    camera = gate.entry.camera
    services.place_camera(gate.exit, camera, staff())
    assert at(gate.entry) == (None, None)
    assert at(gate.exit) == (camera, None)
    assert list(selectors.lanes_of(camera)) == [gate.exit]


def test_a_barrier_leaves_its_former_lane():
    gate = GateScene.build()
    barrier = new(gate.entry, "barrier")
    for lane in (gate.entry, gate.exit):
        services.place_barrier(lane, barrier, staff())
    assert at(gate.entry)[1] is None
    assert at(gate.exit)[1] == barrier


def test_a_lane_s_camera_may_become_its_barrier_as_well(lane):
    camera = new(lane)
    services.place_camera(lane, camera, staff())
    services.place_barrier(lane, camera, staff())
    assert at(lane) == (camera, camera)


def test_a_lane_may_be_left_without_a_barrier(lane):
    services.place_barrier(lane, new(lane, "barrier"), staff())
    services.place_barrier(lane, None, staff())
    assert at(lane) == (None, None)


def test_another_lane_s_camera_is_rejected_as_a_barrier():
    gate = GateScene.build()
    with pytest.raises(Rejection, match="is not a barrier"):
        services.place_barrier(gate.entry, gate.exit.camera, staff())
    assert at(gate.entry)[1] == gate.entry.camera


def test_a_camera_whose_driver_cannot_open_drives_no_barrier(lane, monkeypatch):
    manifest = vzenith_mqtt.MANIFEST
    blind = type(manifest)(**{**vars(manifest), "actions": frozenset({"snapshot"})})
    monkeypatch.setattr(vzenith_mqtt, "MANIFEST", blind)
    camera = new(lane, driver="vzenith-mqtt")
    with pytest.raises(Rejection) as refused:
        services.place_camera(lane, camera, staff(), drives_barrier=True)
    assert refused.value.field == "drives_barrier"
    services.place_camera(lane, camera, staff())
    assert at(lane) == (camera, None)


@pytest.mark.parametrize("kind", ["barrier", "bay_sensor", "meter"])
def test_only_a_camera_can_be_a_lane_s_camera(lane, kind):
    with pytest.raises(Rejection, match="is not a camera"):
        services.place_camera(lane, new(lane, kind), staff())


def test_a_device_of_another_site_is_rejected_without_an_audit_entry(lane):
    stray = DeviceFactory(site=SiteFactory())
    before = AuditEntry.objects.count()
    with pytest.raises(Rejection, match="another site"):
        services.place_camera(lane, stray, staff())
    stray.kind = "barrier"
    with pytest.raises(Rejection, match="another site"):
        services.place_barrier(lane, stray, staff())
    stray.kind = "bay_sensor"
    with pytest.raises(Rejection, match="another site"):
        services.place_sensor(BayFactory(lot=lane.lot), stray, staff())
    assert at(lane) == (None, None)
    assert AuditEntry.objects.count() == before


def test_an_assigned_sensor_sets_its_bay():
    bay = BayFactory()
    sensor = DeviceFactory(site=bay.lot.site, kind="bay_sensor", driver="gatehouse")
    services.place_sensor(bay, sensor, staff())
    bay.refresh_from_db()
    assert report_bay(bay, True) == Bay.Status.OCCUPIED
    assert selectors.bay_of(sensor) == bay


def test_a_bay_whose_sensor_was_moved_is_unknown_unless_it_is_closed():
    here = BayFactory(status="free")
    there = BayFactory(lot=here.lot, status="closed", restriction="closed")
    sensor = DeviceFactory(site=here.lot.site, kind="bay_sensor", driver="gatehouse")
    services.place_sensor(here, sensor, staff())
    report_bay(here, True)
    services.place_sensor(there, sensor, staff())
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.sensor, here.status, here.status_at) == (None, Bay.Status.UNKNOWN, None)
    assert (there.sensor, there.status) == (sensor, Bay.Status.CLOSED)


def test_a_removed_device_has_no_place():
    gate = GateScene.build()
    services.remove_from_place(gate.entry.camera, staff())
    assert at(gate.entry) == (None, None)
    assert not selectors.lanes_of(gate.entry.camera).exists()


def test_each_change_of_place_is_audited_and_announced_for_all_devices_concerned():
    gate = GateScene.build()
    former, camera = gate.entry.camera, DeviceFactory(site=gate.site)
    services.place_camera(gate.entry, camera, staff("li"))
    for topic, pk in (("device", former.pk), ("device", camera.pk), ("lane", gate.entry.pk)):
        assert (topic, gate.site.pk, pk) in announcements()
    last = AuditEntry.objects.filter(site=gate.site).latest("pk")
    assert (last.actor, last.action, last.subject) == (
        "li",
        "place device",
        ("device", str(camera.pk)),
    )
    assert list(audit.problems(gate.site.pk)) == []


def test_a_lane_s_limits_are_stored_and_audited(lane):
    services.set_lane_limits(lane, staff(), **LIMITS)
    assert Lane.objects.filter(pk=lane.pk).values(*LIMITS).get() == LIMITS
    last = AuditEntry.objects.filter(site=lane.gate.site).latest("pk")
    assert (last.action, last.detail) == ("set lane limits", LIMITS)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("camera_limit", 101),
        ("reader_limit", -1),
        ("known_limit", 200),
        ("reread_seconds", 3601),
        ("plate_colours", ["pink"]),
    ],
)
def test_a_limit_out_of_range_is_rejected_by_name(lane, field, wrong):
    with pytest.raises(Rejection) as refused:
        services.set_lane_limits(lane, staff(), **{**LIMITS, field: wrong})
    assert refused.value.field == field
    assert Lane.objects.get(pk=lane.pk).camera_limit == 90
