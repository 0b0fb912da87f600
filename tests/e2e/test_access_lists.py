"""The dialogs of residents' cars and of the lists in a real browser."""

import pytest
from playwright.sync_api import expect

from people.models import Vehicle
from tests.factories import OccupancyFactory, PersonFactory, UnitFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dialog(page, here):
    """The dialog that registers a car, with its plate filled in."""
    page.goto(here.url("access_vehicles"))
    page.get_by_role("button", name="Register car").first.click()
    page.locator("#sheet").get_by_label("Plate", exact=True).fill("沪A00007")
    return page.locator("#sheet")


def test_a_car_is_registered_to_one_of_two_people_of_one_name(page, here, dialog):
    unit = UnitFactory(building__site=here.site, building__code="7", code="0803")
    PersonFactory(site=here.site, name="Wang Lei")
    home = OccupancyFactory(person__site=here.site, person__name="Wang Lei", unit=unit)
    chosen = home.person
    dialog.get_by_label("Resident or tenant").press_sequentially("wang")
    expect(dialog.locator("#dialog_people [type=radio]")).to_have_count(2)
    dialog.get_by_label("7-0803").check()
    dialog.get_by_role("button", name="Register").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#list")).to_contain_text("7-0803")
    assert Vehicle.objects.get(plate="沪A00007").person == chosen


def test_a_new_person_is_chosen_explicitly_and_by_keyboard(page, here, dialog):
    dialog.get_by_label("Resident or tenant").press_sequentially("Li Na")
    expect(dialog.locator("#dialog_people")).to_contain_text("No registered person matches.")
    expect(dialog.get_by_label("Phone")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Choose a person, or “New person”.")
    dialog.get_by_label("New person").focus()
    page.keyboard.press("Space")
    dialog.get_by_label("Phone").fill("138 0000 1234")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    person = Vehicle.objects.get(plate="沪A00007").person
    assert (person.name, person.phone) == ("Li Na", "138 0000 1234")


def test_an_unusual_plate_is_confirmed_in_the_dialog(page, here):
    page.goto(here.url("access"))
    page.get_by_role("button", name="Add plate").first.click()
    page.locator("#sheet").get_by_label("Plate", exact=True).fill("GWAGEN")
    page.locator("#sheet").get_by_label("Reason").fill("personal plate")
    page.locator("#sheet .send").click()
    page.get_by_label("The plate is spelled exactly like this").check()
    page.locator("#sheet .send").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#list")).to_contain_text("GWAGEN")
