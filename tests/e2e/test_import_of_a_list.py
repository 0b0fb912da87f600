"""A list of 300 households, two rows of which are wrong, in a real browser."""

import time

import pytest
from playwright.sync_api import Page, expect

from core.jobs import run_waiting
from estate.models import Building, Unit
from people.models import Occupancy
from tests.core.workbooks import workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TITLES = ["Name", "Building", "Unit", "Role", "Phone", "From", "Pays the fees"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def households(*, role: str, unit: str) -> bytes:
    """Return the list; the 100th household has this role, the 200th this unit."""
    rows = [
        [f"Owner {n}", "7", f"{n:04d}", "owner", str(13800000000 + n), "2026-01-01", "yes"]
        for n in range(300)
    ]
    rows[99][3], rows[199][2] = role, unit
    return workbook([TITLES, *rows], text_columns="BC")


def check(page: Page, data: bytes) -> None:
    file = {"name": "households.xlsx", "mimeType": XLSX, "buffer": data}
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Check list").click()
    expect(page.locator("#batch")).to_be_visible()
    run_waiting()


def test_two_wrong_rows_of_300_households_are_named_and_the_corrected_list_comes_in(page, here):
    building = Building.objects.create(site=here.site, code="7", name="House 7")
    Unit.objects.bulk_create(Unit(building=building, code=f"{n:04d}") for n in range(300))
    before, began = Occupancy.objects.count(), time.process_time()
    page.goto(here.url("upload_list", "people"))
    check(page, households(role="landlady", unit="9999"))
    errors = page.locator("#batch tr", has=page.locator(".wrong"))
    expect(errors).to_have_count(2)
    expect(errors.nth(0)).to_contain_text("101")
    expect(errors.nth(0)).to_contain_text("“landlady” is not one of the values")
    expect(errors.nth(1)).to_contain_text("201")
    expect(errors.nth(1)).to_contain_text("There is no unit 7-9999")
    assert Occupancy.objects.count() == before
    page.goto(here.url("upload_list", "people"))
    check(page, households(role="owner", unit="0199"))
    page.get_by_role("button", name="Import 300 rows").click()
    run_waiting()
    expect(page.locator("#batch")).to_contain_text("imported")
    assert Occupancy.objects.count() == before + 300
    assert time.process_time() - began < 60, "of the processor, on a machine of any load"
