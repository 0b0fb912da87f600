"""The pages of the allow and block list, residents' cars and visitor passes."""

import json

import pytest

from access.models import VisitorPass
from people.models import Vehicle
from tests.browsers import text
from tests.factories import PersonFactory, UnitFactory, VehicleFactory

pytestmark = pytest.mark.django_db


def test_a_car_and_a_pass_are_entered_and_ended(here, manager):
    times = {"begins_at": "2026-03-01T08:00", "ends_at": "2036-03-01T08:00"}
    owner = {"name": "any", "person": here.vehicle.person.pk}
    manager.post(here.url("add_vehicle"), {"plate": "沪A00003", **owner, **times})
    vehicle = Vehicle.objects.get(plate="沪A00003")
    visit = {"plate": "沪A00004", "entries_allowed": "2", "free_minutes": "0", **times}
    manager.post(here.url("add_pass"), visit)
    made = VisitorPass.objects.get(plate="沪A00004")
    manager.post(here.url("end_vehicle", vehicle.pk))
    manager.post(here.url("cancel_pass", made.pk))
    assert "00003" not in text(manager.get(here.url("access"), {"show": "vehicles"}))
    assert "00004" not in text(manager.get(here.url("access"), {"show": "passes"}))
    assert "00003" in text(manager.get(here.url("access"), {"show": "vehicles", "ended": ""}))


def test_a_car_of_a_new_person_needs_an_explicit_choice(here, manager):
    said = {"plate": "沪A00003", "name": "Wang Lei", "begins_at": "2026-03-01T08:00"}
    answer = manager.post(here.url("add_vehicle"), said)
    assert answer.status_code == 422
    assert "Choose a person, or “New person”." in text(answer)
    manager.post(here.url("add_vehicle"), {**said, "person": "new", "phone": "138 1234"})
    assert Vehicle.objects.get(plate="沪A00003").person.phone == "138 1234"


def test_a_person_of_another_site_cannot_be_chosen(here, manager):
    said = {"plate": "沪A00003", "name": "x", "begins_at": "2026-03-01T08:00"}
    for chosen in (PersonFactory().pk, "9" * 20, "-1", "²"):
        assert manager.post(here.url("add_vehicle"), {**said, "person": chosen}).status_code == 422


def test_people_of_one_name_are_told_apart_by_unit_phone_and_cars(here, manager):
    unit = UnitFactory(building__site=here.site, building__code="7", code="0803")
    PersonFactory(site=here.site, name="Wang Lei", unit=unit)
    other = PersonFactory(site=here.site, name="Wang Lei", phone="13800001234")
    VehicleFactory(person=other, plate="沪B00005")
    shown = text(manager.post(here.url("find_people"), {"name": "wang lei"}))
    assert "7-0803" in shown
    assert "phone …1234" in shown
    assert "1380000" not in shown
    assert "沪B00005" in shown


def test_a_second_entry_is_refused_with_the_first_one_named(here, manager):
    said = {"kind": "allow", "plate": here.entry.plate, "reason": "x"}
    answer = manager.post(here.url("add_entry"), {**said, "begins_at": "2026-03-01T08:00"})
    assert answer.status_code == 422
    assert f"({here.entry.reason})" in text(answer)
    assert "Change the end of that entry" in text(answer)
    manager.post(here.url("change_entry_end", here.entry.pk), {"ends_at": "2036-01-01T00:00"})
    here.entry.refresh_from_db()
    assert here.entry.ends_at.year == 2035


def test_a_plate_on_both_lists_is_reported_with_the_list_that_decides(here, manager):
    said = {"kind": "block", "plate": here.entry.plate, "reason": "debt"}
    answer = manager.post(here.url("add_entry"), {**said, "begins_at": "2026-03-01T08:00"})
    notice = json.loads(answer["HX-Trigger"])["notice"]
    assert notice["kind"] == "warning"
    assert "Allow list. At entries the block list decides." in notice["text"]
    assert "also blocked" in text(manager.get(here.url("access")))


def test_an_unusual_plate_is_accepted_once_it_is_confirmed(here, manager):
    said = {"kind": "allow", "plate": "GWAGEN", "reason": "x", "begins_at": "2026-03-01T08:00"}
    answer = manager.post(here.url("add_entry"), said)
    assert answer.status_code == 422
    assert 'name="unusual_plate"' in text(answer)
    answer = manager.post(here.url("add_entry"), {**said, "unusual_plate": "on"})
    assert answer.status_code == 204
