"""A tariff written in a browser: from a template to a published version."""

import re

import pytest
from playwright.sync_api import expect

from parking.models import Tariff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose_template(page, here):
    """Make a tariff from a template."""
    page.goto(here.url("publish_tariff") + f"?lot={here.gate.lot.pk}")
    page.get_by_role("link", name="Day and night").click()
    page.get_by_label("Code").fill("two-rates")
    page.get_by_label("Price of each").fill("3")
    page.get_by_label("Price of a night").fill("8")
    page.get_by_role("button", name="Create tariff").click()
    expect(page.locator("#checked")).to_contain_text("CN¥8.00")
    expect(page.locator(".price-curve canvas")).to_be_visible()


def mistype_a_price(page):
    """See an error appear at its field while typing, and go with it; what was typed stays."""
    price = page.locator("#id_elements-0-steps-0-price")
    price.fill("4.125")
    expect(page.locator("#id_elements-0-steps-0-price_error")).to_have_text("CNY has 2 decimals.")
    expect(page.locator("#checked")).to_contain_text("Correct the marked fields")
    price.press("Backspace")
    expect(page.locator("#id_elements-0-steps-0-price_error")).to_have_text("")
    expect(price).to_have_value("4.12")
    expect(price).to_be_focused()
    expect(page.locator("#checked")).to_contain_text("CN¥4.12 per started 60 min")


def edit_rows_by_keyboard(page):
    """Add and remove rows by keyboard; a new row has the focus."""
    page.locator("#caps-add").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_caps-0-amounts")).to_be_focused()
    page.keyboard.type("30 40")
    expect(page.locator("#checked")).to_contain_text("At most CN¥30.00, then CN¥40.00")
    page.locator("#elements-1-steps-add").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_elements-1-steps-1-upto")).to_be_focused()
    page.locator("#elements-1-steps-remove-1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#elements-1-steps-add")).to_be_focused()
    expect(page.locator("#id_elements-1-steps-1-upto")).to_have_count(0)


def publish(page):
    """Preview the tariff beside the one in force, and publish it."""
    page.get_by_label("Vehicle", exact=True).select_option("large")
    expect(page.locator("#checked")).to_contain_text("compared with")
    page.get_by_role("button", name="Check and preview").click()
    expect(page.get_by_role("heading", name="Publish two-rates@1?")).to_be_visible()
    expect(page.locator("main")).to_contain_text("What changes")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page).to_have_url(re.compile(r"/tariffs/\d+/$"))


def test_a_tariff_is_made_from_a_template_changed_and_published(page, here):
    choose_template(page, here)
    mistype_a_price(page)
    edit_rows_by_keyboard(page)
    publish(page)
    made = Tariff.objects.get(code="two-rates")
    assert made.document["caps"] == [{"window": "24h", "amounts": [3000, 4000]}]
    assert made.document["elements"][0]["steps"] == [{"unit": 60, "price": 412}]


def fits(page):
    """See that nothing is beyond a screen of any width."""
    for width in (360, 1440, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(beyond) <= 0, width


def test_the_editor_fits_the_screen_and_keeps_its_tariff_through_json(page, here):
    page.goto(here.url("publish_tariff") + f"?from={here.tariff.pk}")
    for kind, field in (("elements", "1-title_zh"), ("days", "0-date"), ("caps", "0-amounts")):
        page.locator(f"#{kind}-add").click()
        expect(page.locator(f"#id_{kind}-{field}")).to_be_focused()
    fits(page)
    page.set_viewport_size({"width": 360, "height": 900})
    for number in ("#elements-remove-1", "#days-remove-0", "#caps-remove-0"):
        page.locator(number).click()
        expect(page.locator(number)).to_have_count(0)
    page.get_by_role("button", name="JSON").click()
    expect(page.locator("#id_document")).to_have_value(re.compile('"id": "hourly"'))
    fits(page)
    page.get_by_role("button", name="Fields").click()
    expect(page.locator("#id_elements-0-steps-0-price")).to_have_value("5.00")
