"""Moving in by keyboard alone: found, shown first, confirmed."""

import pytest
from playwright.sync_api import expect

from people.models import Occupancy, PayerPeriod
from tests.factories import PersonFactory, UnitFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_person_moves_in_by_keyboard(page, here):
    unit = UnitFactory(building__site=here.site, building__code="7", code="0803")
    person = PersonFactory(site=here.site, name="Wang Lei")
    page.goto(here.url("place_unit", unit.pk))
    page.get_by_role("button", name="Move in").focus()
    page.keyboard.press("Enter")
    sheet = page.locator("#sheet")
    expect(sheet.get_by_label("Person or company")).to_be_focused()
    page.keyboard.type("wang")
    expect(sheet.get_by_label("Wang Lei")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    confirm = sheet.get_by_role("button", name="Move in", exact=True)
    expect(confirm).to_be_focused()
    expect(sheet).to_contain_text("Wang Lei pays all fees")
    assert not Occupancy.objects.filter(unit=unit).exists()
    page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    expect(page.locator("#place")).to_contain_text("Wang Lei")
    assert PayerPeriod.objects.get(unit=unit).occupancy.person == person
