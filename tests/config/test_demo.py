"""The demo sites are loaded once, completely, through the product's own services."""

import json
import stat
from collections import Counter
from datetime import timedelta
from decimal import Decimal
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
from devices.simulator.scenario import read, scenario_files
from estate.models import Bay, Building, Lane, Unit
from estate.permissions import EstatePermission
from estate.selectors import state_on
from incidents.models import Incident
from incidents.selectors import entries_in_force
from metering import demo
from parking.charging import due_at
from parking.models import Tariff
from parking.permissions import ParkingPermission
from parking.plate_search import find_inside
from parking.selectors import due_now, occupancy, stays_inside
from people.accounts.bindings import bindings_of, waiting_at
from people.models import Vehicle
from people.periods import today
from people.selectors import household, payer_of
from tests.gate import GateScene, decision_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(in_module) -> Path:
    """The home of an installation with the demo sites."""

    def load() -> Path:
        with override_settings(MQTT_URL="mqtt://backend:secret@127.0.0.1:2883"):
            call_command("load_demo")
        return settings.HOME

    return in_module(load)


@pytest.fixture
def site(loaded) -> Site:
    return Site.objects.get(slug="demo")


@pytest.fixture
def park(loaded) -> Site:
    return Site.objects.get(slug="demo-park")


def drives(site: Site, code: str, plate: str, gate: str = "south", **seen: str) -> Decision:
    """A camera reports a car at a lane; return the decision."""
    lane = Lane.objects.get(gate__site=site, gate__code=gate, code=code)
    return decision_of(GateScene(site, lane.lot, lane, lane).sees(lane, plate, **seen))


def written(home: Path, name: str) -> str:
    place = home / name
    assert stat.S_IMODE(place.stat().st_mode) == 0o600, "it holds passwords"
    return place.read_text()


def test_a_second_load_changes_nothing(site):
    devices = Device.objects.count()
    call_command("load_demo")
    assert (Site.objects.count(), Device.objects.count()) == (3, devices)


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


def test_the_tariffs_may_be_published(loaded):
    for tariff in Tariff.objects.all():
        pricing.check_publishable(pricing.parse_tariff(tariff.document))


def test_the_watched_plate_was_approved_by_another_person(site):
    (entry,) = entries_in_force(site.pk, "鲁B9Z135", clock.now())
    assert entry.approved_by != entry.created_by


def logins_of(loaded):
    """The passwords by user name or e-mail address."""
    return dict(line.split() for line in written(loaded, "demo-logins.txt").splitlines())


def test_the_residents_sign_in_with_the_written_passwords_and_see_their_homes(site, loaded):
    residents = {name: text for name, text in logins_of(loaded).items() if "@" in name}
    assert len(residents) == 2
    for email, password in residents.items():
        user = User.objects.get(resident_account__email=email)
        assert user.check_password(password)
        assert bindings_of(user).get().person.current_occupancies
    assert waiting_at(site).count() == 1


def test_the_staff_sign_in_with_the_written_passwords(site, park, loaded):
    logins = logins_of(loaded)
    roles = ("manager", "guard", "guard-2", "guard-3", "security", "finance")
    staff = {*roles, *(f"park-{role}" for role in roles), "liaison"}
    assert {name for name in logins if "@" not in name} == staff
    for name in staff:
        assert User.objects.get(username=name).check_password(logins[name])
    guard = User.objects.get(username="guard")
    assert may(guard, site, AccessPermission.OPEN_BARRIER)
    assert not may(guard, site, ParkingPermission.MANAGE_TARIFFS)
    assert not may(guard, park, AccessPermission.OPEN_BARRIER)


def test_each_bay_has_a_sensor_and_those_of_the_parked_cars_are_taken(site):
    assert not Bay.objects.filter(sensor=None).exists()
    for each in Site.objects.exclude(slug="demo-new"):
        lots = occupancy(each)
        assert sum(lot.occupied for lot in lots) == stays_inside(each).count() > 0
        assert {lot.drift for lot in lots} == {0}


@pytest.mark.parametrize(
    ("slug", "file"), [("demo", "simulator.json"), ("demo-park", "simulator-demo-park.json")]
)
def test_a_site_s_file_for_the_simulator_lists_every_device_and_the_broker(loaded, slug, file):
    document = json.loads(written(loaded, file))
    assert loaded / file in scenario_files(loaded)
    assert read(document).site == slug
    assert document["mqtt"] == "mqtt://127.0.0.1:2883", "not with the backend's own password"
    codes = {each["code"] for each in document["devices"]}
    assert codes == set(Device.objects.filter(site__slug=slug).values_list("code", flat=True))
    assert all(each["password"] for each in document["devices"])


def test_the_parked_cars_entered_by_a_gate_and_no_command_is_left_to_send(site):
    stays = stays_inside(site).select_related("entry_passage")
    assert {stay.entry_passage.state for stay in stays} == {"passed"}
    assert {stay.entry_passage.seen_at for stay in stays} == {stay.entered_at for stay in stays}
    assert {command.state for command in Command.objects.all()} == {"done"}
    kinds = Incident.objects.filter(site=site).values_list("kind", flat=True)
    assert list(kinds) == ["barrier_forced"], "the one that the liaison has"


def test_each_place_is_in_the_audit_log(site):
    audited = Counter(entry.action for entry in site.audit_entries.all())
    assert audited["create building"] == Building.objects.filter(site=site).count() == 6
    assert audited["create bay"] == Bay.objects.filter(lot__site=site).count() == 80
    assert audited["create lane"] == Lane.objects.filter(gate__site=site).count() == 4
    assert audited["register vehicle"] == Vehicle.objects.filter(site=site).count()


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


@pytest.mark.parametrize(
    ("plate", "gate", "colour", "rule"),
    [
        ("沪D58821", "trucks", "yellow", "resident"),
        ("沪AD70218", "staff", "green", "resident"),
        ("沪M5B720", "staff", "blue", "visitor_pass"),
        ("皖C61208", "trucks", "yellow", "block_list"),
        ("苏J40771", "trucks", "yellow", "tariff"),
        ("苏J40771", "trucks", "blue", "lane_class"),
    ],
)
def test_the_park_admits_trucks_and_cars_each_at_their_gate(park, plate, gate, colour, rule):
    assert drives(park, "entry", plate, gate, colour=colour).rule == rule


def test_a_truck_pays_by_the_hour(park):
    stay = find_inside(park, "皖B71264")[0]
    lines = due_at(stay, stay.entered_at + timedelta(minutes=250)).lines
    assert sum(line["amount"] for line in lines) == 2 * 1000 + 3 * 800


def test_companies_rent_halls_and_offices_where_their_staff_work(park):
    hall = Unit.objects.get(building__site=park, building__code="W1", code="A")
    day = today(park)
    assert hall.use == "warehouse"
    assert state_on(hall, day).state == "let"
    assert payer_of(hall, "", day).company.name == "Swift Freight"
    workers = hall.occupancies.filter(role="worker").values_list("person__name", flat=True)
    assert set(workers) == {"Ma Chao", "Tang Yue", "Gao Feng"}


def test_what_has_happened_at_the_park_is_recorded(park):
    states = dict(Incident.objects.filter(site=park).values_list("kind", "state"))
    assert states == {"barrier_hit": "closed", "device_alarm": "detected"}


def test_the_third_site_is_empty_so_that_its_checklist_is_seen(loaded):
    site = Site.objects.get(slug="demo-new")
    assert not site.buildings.exists()
    assert not site.lots.exists()
    assert may(User.objects.get(username="manager"), site, EstatePermission.MANAGE_PLACES)


def test_the_replaced_meter_used_no_more_than_is_plausible_in_a_day():
    """On the first of a month the last reading is of the same day."""
    (ovens,) = [life for life in demo.COMMUNITY if life.serial == "DTS-7718"]
    assert demo.OVENS_USED * Decimal(ovens.multiplier) <= Decimal(ovens.most_per_day)
