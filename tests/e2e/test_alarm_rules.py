"""An alarm rule written in a browser: from a template to an incident on an open page."""

import pytest
from playwright.sync_api import expect

from core.jobs import run_waiting
from incidents.alarms import index
from incidents.models import AlarmRule
from tests.incidents.alarms import measure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def write_a_rule_by_keyboard(page, here):
    """Start from a template, change the condition, add a second one of another type."""
    page.goto(here.url("add_alarm_rule"))
    page.get_by_role("link", name="Too hot").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_have_value("Too hot")
    page.get_by_label("Limit value").fill("35")
    page.get_by_label("Until it is back at").fill("30")
    page.get_by_label("For at least (minutes)").fill("0")
    page.get_by_label("Kind of device").select_option("camera")
    page.get_by_role("button", name="Add condition").focus()
    page.keyboard.press("Enter")
    second = page.get_by_role("group", name="Condition 2")
    second.get_by_label("Condition", exact=True).focus()
    second.get_by_label("Condition", exact=True).select_option("count")
    expect(second.get_by_label("Times")).to_be_visible()
    expect(second.get_by_label("Condition", exact=True)).to_be_focused()
    second.get_by_label("What").select_option("movement|movement|tailgating")
    second.get_by_label("Times").fill("3")
    second.get_by_label("Within (minutes)").fill("30")
    page.get_by_label("It is raised when").select_option("any")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("heading", name="Too hot")).to_be_visible()


def try_it(page):
    """Try it on the past; the page shows the result when the job has ended."""
    page.get_by_role("button", name="Try on the past 30 days").click()
    expect(page.get_by_label("Progress of the trial")).to_be_visible()
    run_waiting()
    expect(page.locator("main")).to_contain_text("It would have raised 1 alarm.")


def enable_it(page):
    """Enable it, knowing what it would have raised."""
    page.get_by_role("button", name="Enable").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("it would have raised 1 alarm.")
    dialog.get_by_role("button", name="Enable").click()
    expect(page.locator("main")).to_contain_text("Watches since")


def test_a_rule_is_written_tried_enabled_and_raises_an_incident_on_an_open_page(page, here):
    measure(here.camera, 36.0, ago=600)
    measure(here.camera, 20.0, ago=500)
    write_a_rule_by_keyboard(page, here)
    try_it(page)
    enable_it(page)
    assert AlarmRule.objects.get(name="Too hot").enabled
    page.goto(here.url("incidents"))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    index.forget()
    measure(here.camera, 41.5)
    expect(page.locator("main")).to_contain_text("Too hot")
