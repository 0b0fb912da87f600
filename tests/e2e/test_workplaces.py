"""Where people work, in a real browser: the overview, its wall display, the lane board, help."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.permissions import StandardRole
from parking.models import LotRules
from tests.browsers import hire
from tests.gate import decision_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def open_live(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")


def test_a_car_is_counted_on_the_open_overview(page, here):
    open_live(page, here.url("overview"))
    traffic = page.get_by_role("region", name="Cars today", exact=True)
    expect(traffic.locator("canvas")).to_be_visible()
    before = int(traffic.locator(".figure-number").first.inner_text())
    here.gate.sees(here.gate.entry, "苏B88888")
    expect(traffic.locator(".figure-number").first).to_have_text(str(before + 1))
    expect(traffic.locator("canvas")).to_be_visible()


@pytest.mark.parametrize("size", [(1920, 1080), (2560, 1440)])
def test_the_wall_display_fits_the_screen(page, here, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_live(page, here.url("overview") + "?wall=1")
    beyond = page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth,"
        " document.documentElement.scrollHeight - innerHeight]"
    )
    assert max(beyond) <= 0
    assert page.locator(".figure canvas").count() == 2


def test_the_title_counts_the_cars_that_wait(page, here):
    LotRules.objects.update_or_create(lot=here.gate.lot, defaults={"admits_unknown": False})
    open_live(page, here.url("lanes"))
    expect(page).to_have_title(re.compile(r"^\(1\) Lanes"))  # the car that owes
    here.gate.sees(here.gate.entry, "苏B88888")
    expect(page).to_have_title(re.compile(r"^\(2\) Lanes"))


def test_the_sound_is_off_until_it_is_switched_on(page, here):
    open_live(page, here.url("lanes"))
    sound = page.get_by_role("button", name="Sound")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(sound).to_have_attribute("aria-pressed", "true")


def test_a_guard_admits_a_visitor_by_keyboard(server, chromium, here):
    LotRules.objects.update_or_create(lot=here.gate.lot, defaults={"admits_unknown": False})
    visitor = here.gate.sees(here.gate.entry, "苏B88888")
    page = server.page(chromium, hire(here.site, StandardRole.GUARD))
    open_live(page, here.url("lanes"))
    lanes = page.locator(".lane[data-lane]")
    mine = [lane.get_attribute("id") for lane in lanes.all()].index(f"lane-{here.gate.entry.pk}")
    page.keyboard.press(str(mine + 1))
    page.keyboard.press("v")
    expect(page.get_by_label("Plate")).to_have_value("苏B88888")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator(f"#lane-{here.gate.entry.pk}")).to_contain_text("opening")
    assert decision_of(visitor).rule == "visitor_pass"
    page.context.close()


@pytest.mark.parametrize(("name", "text"), [("lanes", "Refuse the car"), ("stays", "A stay is")])
def test_the_question_mark_opens_the_help_of_the_area(page, here, name, text):
    open_live(page, here.url(name))
    page.keyboard.press("?")
    expect(page.locator("#sheet")).to_contain_text(text)
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
