"""From a registered device to a working lane, in the console alone."""

import pytest

from devices import commands
from devices.models import Device
from estate.models import Lane
from tests.browsers import text
from tests.factories import BayFactory, DeviceFactory, LaneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lane(here):
    """A lane of the site without devices."""
    gate, lot = here.gate.entry.gate, here.gate.lot
    return LaneFactory(site=here.site, gate=gate, lot=lot, camera=None, barrier=None)


def register(here, client, kind, code):
    said = {"code": code, "kind": kind, "driver": "gatehouse", "interval_s": "60"}
    answer = client.post(here.url("register_device"), said)
    return Device.objects.get(code=code), text(answer)


def test_a_new_camera_has_no_place_until_it_is_placed_at_a_lane(here, technician, lane):
    camera, shown = register(here, technician, "camera", "cam-9")
    page = here.url("device", camera.pk)
    assert f'href="{page}"' in shown
    assert "Not placed yet" in text(technician.get(page))
    said = {"place": lane.pk, "drives_barrier": "on"}
    answer = technician.post(here.url("place_device", camera.pk), said)
    assert answer.status_code == 204
    assert f"live:device-{camera.pk}" in answer["HX-Trigger"]
    shown = text(technician.get(page))
    assert lane.name in shown
    assert "Opened by this device's output." in shown
    lane.refresh_from_db()
    assert (lane.camera, lane.barrier) == (camera, camera)


def test_the_dialog_shows_the_current_place_and_offers_this_site_s_lanes_only(here, technician):
    elsewhere = LaneFactory(name="Elsewhere")
    shown = text(technician.get(here.url("place_device", here.gate.entry.camera_id)))
    assert f'<option value="{here.gate.entry.pk}" selected>' in shown
    assert "checked" in shown
    assert elsewhere.name not in shown


def test_a_lane_of_another_site_is_rejected(here, technician):
    camera = here.gate.entry.camera
    elsewhere = LaneFactory()
    answer = technician.post(here.url("place_device", camera.pk), {"place": elsewhere.pk})
    assert answer.status_code == 422
    assert Lane.objects.get(camera=camera) == here.gate.entry


def test_a_barrier_is_placed_and_removed(here, technician, lane):
    url = here.url("place_device", here.barrier.pk)
    technician.post(url, {"place": lane.pk})
    assert Lane.objects.get(barrier=here.barrier) == lane
    assert "This device." in text(technician.get(here.url("device", here.barrier.pk)))
    technician.post(url, {"place": ""})
    assert not Lane.objects.filter(barrier=here.barrier).exists()


def test_a_sensor_is_placed_in_a_bay(here, technician):
    bay = BayFactory(lot=here.gate.lot, code="B-777")
    sensor = DeviceFactory(site=here.site, kind="bay_sensor", driver="gatehouse")
    assert "B-777" in text(technician.get(here.url("place_device", sensor.pk)))
    technician.post(here.url("place_device", sensor.pk), {"place": bay.pk})
    assert "B-777" in text(technician.get(here.url("device", sensor.pk)))


def test_a_meter_serves_no_lane_or_bay_but_has_a_location(here, technician):
    meter = DeviceFactory(site=here.site, kind="meter", driver="gatehouse")
    address = here.url("place_device", meter.pk)
    assert 'name="place"' not in text(technician.get(address))
    said = {"lot": here.gate.lot.pk, "note": "pump room"}
    assert technician.post(address, said).status_code == 204
    assert "pump room" in text(technician.get(here.url("device", meter.pk)))


def test_the_limits_of_a_camera_s_lane_are_set_from_its_page(here, technician):
    lane = here.gate.entry
    url = here.url("lane_limits", lane.pk)
    assert url in text(technician.get(here.url("device", lane.camera_id)))
    said = {"camera_limit": 81, "reader_limit": 82, "known_limit": 71, "reread_seconds": 30}
    assert technician.post(url, {**said, "plate_colours": ["blue", "green"]}).status_code == 204
    lane.refresh_from_db()
    assert {name: getattr(lane, name) for name in said} == said
    assert lane.plate_colours == ["blue", "green"]
    assert technician.post(url, {**said, "camera_limit": 101}).status_code == 422


def test_the_command_key_is_shown_when_it_is_made_and_never_again(here, technician):
    barrier, shown = register(here, technician, "barrier", "arm-9")
    first = commands.key_of(barrier).hex()
    assert first in shown
    page = here.url("device", barrier.pk)
    shown = text(technician.post(here.url("new_device_key", barrier.pk)))
    barrier.refresh_from_db()
    second = commands.key_of(barrier).hex()
    assert second in shown
    assert first != second
    assert second not in text(technician.get(page))


def test_a_maker_s_camera_that_checks_no_signature_has_no_key(here, technician):
    camera = here.gate.entry.camera
    assert technician.get(here.url("new_device_key", camera.pk)).status_code == 404
    assert "New command key" not in text(technician.get(here.url("device", camera.pk)))
