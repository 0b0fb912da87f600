"""A legal hold in a browser: its owner extends it, and another person releases it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core import clock
from core.models import LegalHold
from core.permissions import StandardRole
from tests.browsers import hire
from tests.e2e.test_dispatch import submit
from tests.rooms import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def local(here: World, hold: LegalHold, days: int) -> str:
    """The value of a field with a date and time, so many days after the hold's review."""
    at = clock.local(hold.ends_at, here.site.timezone) + timedelta(days=days)
    return f"{at:%Y-%m-%dT%H:%M}"


def test_a_hold_is_placed_extended_and_released_by_another_person(server, chromium, here):
    LegalHold.objects.all().delete()
    owner, other = (hire(here.site, StandardRole.MANAGER) for _number in range(2))
    page = server.page(chromium, owner)
    page.goto(here.url("retention"))
    page.get_by_role("button", name="Plate", exact=True).click()
    submit(page, "Place hold", Plate="沪A12345", Reason="case 2026-7")
    row = page.locator("#retention tr", has_text="case 2026-7")
    expect(row).to_contain_text("12345")
    expect(row.get_by_role("button", name="Release")).to_have_count(0)
    hold = LegalHold.objects.get()

    row.get_by_role("button", name="Extend").click()
    sheet = page.locator("#sheet-in")
    expect(sheet).to_contain_text("case 2026-7")
    expect(sheet.get_by_label("Review on")).to_have_value(local(here, hold, 90))
    sheet.get_by_label("Review on").fill(local(here, hold, -1))
    sheet.get_by_label("Why the data is still needed").fill("an appeal")
    sheet.get_by_role("button", name="Extend").click()
    expect(sheet).to_contain_text("Choose a date after the present one.")
    later = local(here, hold, 30)
    submit(page, "Extend", **{"Review on": later})
    expect(row).to_contain_text(later[:10])
    hold.refresh_from_db()
    assert (hold.released_at, hold.ends_at > clock.now()) == (None, True)
    page.context.close()

    page = server.page(chromium, other)
    page.goto(here.url("retention"))
    row = page.locator("#retention tr", has_text="case 2026-7")
    expect(row).to_contain_text(owner.display_name)
    row.get_by_role("button", name="Release").click()
    expect(page.locator("#sheet-in")).to_contain_text("case 2026-7")
    submit(page, "Release", Reason="the case is closed")
    expect(row).to_have_count(0)
    hold.refresh_from_db()
    assert hold.released_by == other
    page.context.close()
