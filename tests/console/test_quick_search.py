"""The search box: what it finds, for whom, and from where."""

import pytest

from core.permissions import StandardRole
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory, PersonFactory, StayFactory, VehicleFactory

pytestmark = pytest.mark.django_db


def found(client, here, words: str) -> str:
    return text(client.post(here.url("find"), {"text": words}))


@pytest.mark.parametrize("words", ["55555", "沪a5555", "SSSSS"])
def test_a_stay_is_found_by_any_part_of_its_plate_or_a_look_alike(here, guard, words):
    assert here.url("stay", here.stay.pk) in found(guard, here, words)


def test_the_latest_stay_of_a_plate_comes_first(here, guard):
    later = StayFactory(lot=here.stay.lot, plate="沪C55555")
    shown = found(guard, here, "5555")
    assert shown.index(here.url("stay", later.pk)) < shown.index(here.url("stay", here.stay.pk))


def test_pages_and_actions_are_found_by_their_names(here, manager):
    assert here.url("incidents") in found(manager, here, "incid")
    assert here.url("add_pass") in found(manager, here, "visitor")


def test_people_cars_and_devices_are_found(here, manager):
    person = PersonFactory(site=here.site, name="Wang Xiaoming")
    car = VehicleFactory(person=person, plate="沪E98765")
    device = DeviceFactory(site=here.site, code="gate-7-camera", name="North camera")
    assert "Wang Xiaoming" in found(manager, here, "xiaoming")
    assert car.plate in found(manager, here, "98765")
    assert here.url("device", device.pk) in found(manager, here, "north")


def test_what_a_role_may_not_see_it_does_not_find(here):
    technician = signed_in(hire(here.site, StandardRole.TECHNICIAN))
    shown = found(technician, here, "55555")
    assert here.url("stay", here.stay.pk) not in shown
    assert "Nothing was found." in shown


def test_nothing_of_another_site_is_found(here, guard):
    elsewhere = StayFactory(plate="沪Z44444")
    assert str(elsewhere.pk) not in found(guard, here, "44444")


@pytest.mark.parametrize("words", ["", "   ", "\0", "%", "_", "x" * 500, "<script>"])
def test_any_text_is_searched_for_safely(here, manager, words):
    answer = manager.post(here.url("find"), {"text": words})
    assert answer.status_code == 200
    assert "<script>" not in text(answer)


def test_one_character_finds_no_plate(here, guard):
    assert here.url("stay", here.stay.pk) not in found(guard, here, "5")
