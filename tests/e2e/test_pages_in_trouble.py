"""What a page shows while the web process hangs, and that all of it can be reached."""

import pytest
from playwright.sync_api import expect

from core.permissions import StandardRole
from tests.browsers import hire
from tests.factories import BayFactory, DeviceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REPEATED_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}"""


def test_a_hanging_server_is_noticed_within_ten_seconds(server, chromium, here):
    page = server.page(chromium, hire(here.site, StandardRole.GUARD))
    page.clock.install()
    page.goto(here.url("lanes"))
    state = page.locator("html")
    expect(state).to_have_attribute("data-live-state", "live")
    button = page.get_by_role("button", name="Correct").first
    with server.frozen():
        button.click()
        assert button.get_attribute("aria-busy") == "true"
        # Ten seconds of the page's clock, however busy this machine is.
        page.clock.run_for(10_000)
        assert state.get_attribute("data-live-state") == "reconnecting"
        expect(page.locator("[data-live-text]").first).to_have_text("Reconnecting")
        expect(page.locator("#notices")).to_contain_text("The server has not answered yet.")
        button.evaluate("button => button.remove()")  # as a live reload may do meanwhile
    expect(page.get_by_label("Plate")).to_be_visible()
    # The answer ends the warning, which would end by itself after a minute.
    late = page.get_by_text("The server has not answered yet.")
    expect(late).to_have_count(0, timeout=30_000)
    expect(state).to_have_attribute("data-live-state", "live")
    page.context.close()


@pytest.mark.parametrize("size", [(1440, 900), (360, 640)])
def test_a_long_dialog_scrolls_and_keeps_its_buttons_on_the_screen(page, here, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(here.url("devices"))
    page.locator("[hx-get*='/register/']").first.click()
    send = page.locator("#sheet .send")
    expect(send).to_be_in_viewport(ratio=1)
    assert page.evaluate(REPEATED_IDS) == []
    page.locator("#sheet form").evaluate("form => form.scrollIntoView(false)")
    expect(send).to_be_in_viewport(ratio=1)


def test_a_table_that_is_wider_than_the_screen_is_scrolled_with_the_keyboard(page, here):
    page.set_viewport_size({"width": 768, "height": 900})
    page.goto(here.url("report_collected"))
    table = page.locator(".table-wrap").first
    expect(table).to_have_attribute("tabindex", "0")
    expect(table).to_have_role("region")
    table.focus()
    page.keyboard.press("ArrowRight")
    # A function: an expression would be evaluated at every look, which the page's CSP blocks.
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")


def test_a_bay_and_a_gate_tell_their_state_on_the_map(page, here):
    sensor = DeviceFactory(site=here.site, code="bay-sensor-9", kind="bay_sensor")
    # It covers the middle of the map, whatever else the plan holds.
    ring = [[121.469, 31.229], [121.475, 31.229], [121.475, 31.232], [121.469, 31.232]]
    bay = BayFactory(lot=here.gate.lot, code="B-07", outline=ring, status="free", sensor=sensor)
    gate = here.gate.entry.gate
    gate.longitude, gate.latitude = 121.47002, 31.23009
    gate.save()
    page.goto(here.url("map"))
    plan = page.locator("#map")
    expect(plan).to_have_attribute(f"data-bay-{bay.pk}", "free")
    plan.click(position=_middle(plan))
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("Bay B-07")
    expect(popup).to_contain_text("bay-sensor-9")
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    page.get_by_label("Find a bay by its code").fill("b-07")
    page.keyboard.press("Enter")
    expect(popup).to_contain_text("free")
    popup.get_by_role("button", name="Close popup").click()
    expect(popup).to_have_count(0)
    page.locator(".map-label-gate").click()
    expect(popup).to_contain_text(here.gate.entry.name)
    _assert_inside(popup.locator(".leaflet-popup-content-wrapper"), plan)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_current_page_is_marked_in_forced_colours(server, chromium, here, scheme):
    user = hire(here.site, StandardRole.MANAGER)
    page = server.page(chromium, user, forced_colors="active", color_scheme=scheme)
    page.goto(here.url("stays"))
    colour = "element => getComputedStyle(element).backgroundColor"
    for place in ("aside.rail li", ".segments"):
        current = page.locator(f"{place} a[aria-current]").first.evaluate(colour)
        other = page.locator(f"{place} a:not([aria-current])").first.evaluate(colour)
        assert current != other
    page.context.close()


def test_a_very_wide_screen_is_used(page, here):
    page.set_viewport_size({"width": 2560, "height": 1300})
    for name in ("stays", "lanes", "devices", "access"):
        page.goto(here.url(name))
        assert page.locator(".page-head").bounding_box()["width"] > 2560 - 350


def _middle(plan):
    box = plan.bounding_box()
    return {"x": box["width"] / 2, "y": box["height"] / 2}


def _assert_inside(inner, outer):
    expect(inner.page.locator(".leaflet-pan-anim")).to_have_count(0)
    one, other = inner.bounding_box(), outer.bounding_box()
    assert one["x"] >= other["x"]
    assert one["y"] >= other["y"]
    assert one["x"] + one["width"] <= other["x"] + other["width"]
    assert one["y"] + one["height"] <= other["y"] + other["height"]
