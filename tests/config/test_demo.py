"""The demo site is loaded once, completely, through the product's own services."""

import json
import stat
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

import pricing
from access.models import Decision
from access.permissions import AccessPermission
from core import audit, clock
from core.models import Site, User
from core.permissions import may
from devices.models import Command, Device
from estate.models import Bay, Building, Lane, Unit
from estate.selectors import state_on
from incidents.models import Incident
from incidents.selectors import entries_in_force
from parking.models import Tariff
from parking.permissions import ParkingPermission
from parking.plate_search import find_inside
from parking.selectors import due_now, occupancy, stays_inside
from people.models import Vehicle
from people.periods import today
from people.selectors import household, payer_of
from tests.gate import GateScene, decision_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(in_module) -> Path:
    """The home of an installation with the demo site."""

    def load() -> Path:
        with override_settings(MQTT_URL="mqtt://backend:secret@127.0.0.1:2883"):
            call_command("load_demo")
        return settings.HOME

    return in_module(load)


@pytest.fixture
def site(loaded) -> Site:
    return Site.objects.get()


def drives(site: Site, code: str, plate: str) -> Decision:
    """A camera reports a car at a lane; return the decision."""
    lane = Lane.objects.get(gate__site=site, gate__code="south", code=code)
    return decision_of(GateScene(site, lane.lot, lane, lane).sees(lane, plate))


def written(home: Path, name: str) -> str:
    place = home / name
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
def test_plates_on_file_are_decided_by_their_record(site, plate, rule):
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


def test_its_staff_sign_in_with_the_written_passwords(site, loaded):
    logins = dict(line.split() for line in written(loaded, "demo-logins.txt").splitlines())
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


def test_the_simulator_s_file_lists_every_device_and_the_broker(site, loaded):
    document = json.loads(written(loaded, "simulator.json"))
    assert document["mqtt"] == "mqtt://127.0.0.1:2883", "not with the backend's own password"
    codes = {each["code"] for each in document["devices"]}
    assert codes == set(Device.objects.values_list("code", flat=True))
    assert all(each["password"] for each in document["devices"])


def test_the_parked_cars_entered_by_a_gate_and_no_command_is_left_to_send(site):
    stays = stays_inside(site).select_related("entry_passage")
    assert {stay.entry_passage.state for stay in stays} == {"passed"}
    assert {stay.entry_passage.seen_at for stay in stays} == {stay.entered_at for stay in stays}
    assert {command.state for command in Command.objects.all()} == {"done"}
    assert not Incident.objects.exists()


def test_each_place_is_in_the_audit_log(site):
    audited = Counter(entry.action for entry in site.audit_entries.all())
    assert audited["create building"] == Building.objects.count() == 6
    assert audited["create bay"] == Bay.objects.count() == 80
    assert audited["create lane"] == Lane.objects.count() == 4
    assert audited["register vehicle"] == Vehicle.objects.count()


def test_the_setup_is_recorded_in_a_valid_audit_log(site):
    assert site.audit_entries.filter(action="issue visitor pass").count() == 3
    assert list(audit.problems(site.pk)) == []


def test_flats_have_owners_and_tenants_and_shops_have_companies(site):
    flat = Unit.objects.get(building__site=site, building__code="1", code="0803")
    day = today(site)
    assert flat.built_up_area > flat.usable_area > 0
    assert state_on(flat, day).state == "let"
    assert [person.name for person in household(flat, day)] == ["Wang Lei"]
    assert payer_of(flat, "water", day).person.name == "Wang Lei"
    shop = Unit.objects.get(building__site=site, code="02", use="shop")
    assert payer_of(shop, "water", day).company.name == "Market Row Bakery"
    assert site.organisation.tax_number
