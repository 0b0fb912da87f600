"""Selecting rows of a list and changing them with one confirmation, in a real browser."""

import pytest
from playwright.sync_api import expect

from core import clock
from incidents.models import Incident
from incidents.services import raise_incident
from tests.factories import DeviceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def raised(here, code):
    device = DeviceFactory(site=here.site, code=code)
    source = f"device:{device.pk}"
    return raise_incident(here.site.pk, "device_offline", source, "minor", clock.now(), {})


def test_ticked_incidents_are_acknowledged_by_keyboard_after_a_live_reload(page, here):
    others = Incident.objects.exclude(state__in=Incident.ENDED).count()
    acknowledged = Incident.objects.filter(acked_by__isnull=False)
    before = acknowledged.count()
    for number in range(2):
        raised(here, f"yard-{number}")
    page.goto(here.url("incidents"))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(others + 2)
    for number in range(2):
        rows.nth(number).locator("[name=row]").check()
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    raised(here, "yard-9")
    expect(rows).to_have_count(others + 3)
    expect(page.locator("[name=row]:checked")).to_have_count(2)
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    page.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_contain_text("Acknowledge 2 incidents")
    page.locator("#sheet .send").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("2 incidents acknowledged.")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    assert acknowledged.count() == before + 2
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("#notices")).to_contain_text("Undone: 2 rows are as they were before.")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert acknowledged.count() == before


def test_a_notice_is_shown_although_a_live_reload_removed_the_button_meanwhile(page, here):
    raised(here, "yard-1")
    page.goto(here.url("incidents"))
    page.locator("[name=row]").first.check()
    page.get_by_role("button", name="Acknowledge").click()
    page.locator("#sheet .send").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()

    def answer_late(route):
        page.evaluate("() => document.querySelector('.list-undo')?.remove()")
        route.continue_()

    page.route("**/undo/", answer_late)
    undo.click()
    expect(page.locator("#notices")).to_contain_text("Undone: 1 row is as it was before.")
