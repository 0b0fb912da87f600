"""The demo site is loaded once, completely, through the product's own services."""

import json
import stat
from pathlib import Path

import pytest
from django.core.management import call_command

import pricing
from access.models import Decision
from access.permissions import AccessPermission
from core import audit, clock
from core.models import Site, User
from core.permissions import may
from devices.models import Device
from estate.models import Bay, Lane
from incidents.selectors import entries_in_force
from parking.models import Tariff
from parking.permissions import ParkingPermission
from parking.selectors import due_now, find_inside, occupancy, stays_inside
from tests.gate import GateScene, decision_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings) -> Site:
    settings.MQTT_URL = "mqtt://backend:secret@127.0.0.1:2883"
    call_command("load_demo")
    return Site.objects.get()


def drives(site: Site, code: str, plate: str) -> Decision:
    """A camera reports a car at a lane; return the decision."""
    lane = Lane.objects.get(gate__site=site, gate__code="south", code=code)
    return decision_of(GateScene(site, lane.lot, lane, lane).sees(lane, plate))


def written(settings, name: str) -> str:
    place = Path(settings.HOME) / name
    assert stat.S_IMODE(place.stat().st_mode) == 0o600, "it holds passwords"
    return place.read_text()


def test_a_second_load_changes_nothing(site):
    devices = Device.objects.count()
    call_command("load_demo")
    assert (Site.objects.count(), Device.objects.count()) == (1, devices)


@pytest.mark.parametrize(
    ("plate", "rule"),
    [
        ("沪A12345", "resident"),
        ("沪G3W901", "allow_list"),
        ("沪E9N456", "visitor_pass"),
        ("皖A4Q404", "block_list"),
        ("粤Z99Z99", "tariff"),
    ],
)
def test_its_cars_are_known_at_the_gate(site, plate, rule):
    assert drives(site, "entry", plate).rule == rule


def test_a_parked_car_owes_the_tariffs_price(site):
    stay = find_inside(site, "苏B3C579")[0]
    assert due_now(stay).due > 0
    assert drives(site, "exit", stay.plate).rule == "due"


def test_its_tariff_may_be_published(site):
    pricing.check_publishable(pricing.parse_tariff(Tariff.objects.get().document))


def test_the_watched_plate_was_approved_by_another_person(site):
    (entry,) = entries_in_force(site.pk, "鲁B9Z135", clock.now())
    assert entry.approved_by != entry.created_by


def test_its_staff_sign_in_with_the_written_passwords(site, settings):
    logins = dict(line.split() for line in written(settings, "demo-logins.txt").splitlines())
    assert set(logins) == {"manager", "guard", "security"}
    for name, password in logins.items():
        assert User.objects.get(username=name).check_password(password)
    guard = User.objects.get(username="guard")
    assert may(guard, site, AccessPermission.OPEN_BARRIER)
    assert not may(guard, site, ParkingPermission.MANAGE_TARIFFS)


def test_each_bay_has_a_sensor_and_those_of_the_parked_cars_are_taken(site):
    assert not Bay.objects.filter(sensor=None).exists()
    lot = occupancy(site)[0]
    assert lot.occupied == stays_inside(site).count() > 0
    assert lot.drift == 0


def test_the_simulators_file_lists_every_device_and_the_broker(site, settings):
    told = json.loads(written(settings, "simulator.json"))
    assert told["mqtt"] == "mqtt://127.0.0.1:2883", "not with the backend's own password"
    codes = {each["code"] for each in told["devices"]}
    assert codes == set(Device.objects.values_list("code", flat=True))
    assert all(each["password"] for each in told["devices"])


def test_the_setup_is_recorded_in_a_valid_audit_log(site):
    assert site.audit_entries.filter(action="issue visitor pass").count() == 3
    assert list(audit.problems(site.pk)) == []
