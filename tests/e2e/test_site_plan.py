"""The plan is drawn in a real browser, published, and seen on the map."""

import pytest
from playwright.sync_api import Page, Route, expect

from estate.models import Bay, Building, Lot
from estate.plans import selectors
from tests.estate.plans import SMALL, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# What the live channel has told a page, as classes of <html>.
HEARD = """
document.addEventListener("DOMContentLoaded", () => {
  for (const name of ["refresh", "plan"]) {
    const note = () => document.documentElement.classList.add(`heard-${name}`);
    document.body.addEventListener(`live:${name}`, note);
  }
});
"""


def add(page: Page, kind: str) -> None:
    """Press the button of a shape by keyboard, which leads to its fields."""
    page.get_by_role("button", name=kind, exact=True).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#plan-fields [name=code]")).to_be_focused()


def enter(page: Page, **values: object) -> None:
    for name, value in values.items():
        page.locator(f"#plan-fields [name={name}]").fill(str(value))


def value(page: Page, name: str) -> str:
    return page.locator(f"#plan-fields [name={name}]").input_value()


def select(page: Page, name: str) -> None:
    page.locator("#plan-list").get_by_role("button", name=name).click()


def open_editor(page: Page, here) -> None:
    page.goto(here.url("draw_plan"))
    expect(page.locator("#plan-saved")).to_have_text("All changes are saved")


def canvas_box(page: Page) -> dict[str, float]:
    return page.locator("#plan-canvas").bounding_box()


def draw_a_car_park(page: Page) -> None:
    add(page, "Building")
    enter(page, code="7", name="Oak House", x=0, y=40, width=44, depth=16)
    add(page, "Car park")
    enter(page, code="yard", name="Yard", x=0, y=0, width=40, depth=30)
    add(page, "Row of bays")
    enter(page, code="K-01", count=10, width=2.5, depth=5)


def test_a_plan_from_nothing_by_keyboard_and_numbers_is_shown_on_the_map(page, here):
    open_editor(page, here)
    draw_a_car_park(page)
    expect(page.locator("#plan-list")).to_contain_text("Row of bays K-01 – K-10")
    page.get_by_role("button", name="Publish").click()
    dialog = page.locator("#sheet")
    expect(dialog).to_contain_text("building 7")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("The plan is published.")).to_be_visible()
    lot = Lot.objects.get(code="yard")
    bays = Bay.objects.filter(lot=lot)
    assert (lot.name, lot.capacity, bays.count()) == ("Yard", 10, 10)
    assert Building.objects.get(code="7").name == "Oak House"
    page.goto(here.url("map"))
    for bay in bays:
        expect(page.locator("#map")).to_have_attribute(f"data-bay-{bay.pk}", "unknown")


def test_arrow_keys_move_by_the_grid_and_each_step_can_be_undone(page, here):
    open_editor(page, here)
    add(page, "Building")
    enter(page, x=10, y=10)
    page.locator("#plan-step").select_option("1")
    page.locator("#plan-canvas").focus()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowRight", "]"):
        page.keyboard.press(key)
    assert (value(page, "x"), value(page, "y"), value(page, "rotation")) == ("21", "11", "-15")
    page.keyboard.press("Control+z")
    assert value(page, "rotation") == "0"
    page.keyboard.press("Control+z")
    assert (value(page, "x"), value(page, "y")) == ("10", "10")
    page.keyboard.press("Control+Shift+z")
    assert value(page, "x") == "21"
    page.keyboard.press("Delete")
    expect(page.locator("#plan-list li")).to_have_count(1)  # the road of the plan in force
    page.keyboard.press("Control+z")
    expect(page.locator("#plan-list li")).to_have_count(2)


def test_a_shape_is_dragged_to_the_grid(page, here):
    open_editor(page, here)
    add(page, "Building")
    before = float(value(page, "x")), float(value(page, "y"))
    page.keyboard.press("Escape")
    box = canvas_box(page)
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] + 30, middle[1] - 30)
    page.mouse.down()
    page.mouse.move(middle[0] + 101, middle[1] + 27, steps=5)
    page.mouse.up()
    after = float(value(page, "x")), float(value(page, "y"))
    assert after[0] > before[0]
    assert after[1] < before[1]
    assert [number % 0.5 for number in after] == [0, 0]
    page.get_by_role("button", name="Undo").click()
    assert (float(value(page, "x")), float(value(page, "y"))) == before


def test_fingers_drag_a_shape_and_zoom(page, here):
    open_editor(page, here)
    add(page, "Building")
    before = float(value(page, "x"))
    box = canvas_box(page)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    x, y = box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2 - 30
    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x + 12 * step, y))
    touch("touchEnd")
    assert float(value(page, "x")) > before
    drawn = page.locator("#plan-canvas").screenshot()
    left, right, high = box["x"] + 20, box["x"] + box["width"] - 20, box["y"] + 20
    touch("touchStart", (left, high), (right, high))
    touch("touchMove", (left + 150, high), (right - 150, high))
    touch("touchMove", (left + 200, high), (right - 200, high))
    touch("touchEnd")
    page.wait_for_function("() => new Promise(requestAnimationFrame)")
    assert page.locator("#plan-canvas").screenshot() != drawn
    assert page.locator("#plan-list li").count() == 2


def test_a_saved_draft_is_opened_again_as_it_was(page, here):
    open_editor(page, here)
    draw_a_car_park(page)
    enter(page, rotation=30, x=5, y=3)
    page.keyboard.press("Control+s")
    expect(page.locator("#plan-saved")).to_have_text("All changes are saved")
    page.reload()
    select(page, "Row of bays")
    assert [value(page, name) for name in ("x", "y", "rotation", "width", "depth", "count")] == [
        "5",
        "3",
        "30",
        "2.5",
        "5",
        "10",
    ]
    assert value(page, "lot") == "yard"


def test_what_cannot_be_saved_is_named_above_the_drawing(page, here):
    open_editor(page, here)
    add(page, "Car park")
    enter(page, code="P 1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Give it a code")
    expect(page.locator("#plan-saved")).to_have_text("Unsaved changes")


def test_an_open_map_shows_a_plan_that_is_published_meanwhile(page, here):
    page.goto(here.url("map"))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    publish(here.site, SMALL)
    bay = Bay.objects.get(code="A-10", lot__code="P1")
    expect(page.locator("#map")).to_have_attribute(f"data-bay-{bay.pk}", "unknown")


def test_a_plan_that_is_published_while_the_first_one_loads_is_shown(page, here):
    def publish_meanwhile(route: Route) -> None:
        before = route.fetch()
        page.wait_for_selector("html.heard-refresh")
        publish(here.site, SMALL)
        page.wait_for_selector("html.heard-plan")
        route.fulfill(response=before)

    page.add_init_script(HEARD)
    page.route("**/plan.json", publish_meanwhile, times=1)
    with page.expect_response("**/plan.json"):
        page.goto(here.url("map"))
    bay = Bay.objects.get(code="A-10", lot__code="P1")
    expect(page.locator("#map")).to_have_attribute(f"data-bay-{bay.pk}", "unknown")


def test_on_a_phone_the_list_of_shapes_and_their_numbers_fit(page, here):
    page.set_viewport_size({"width": 360, "height": 780})
    publish(here.site, SMALL)
    open_editor(page, here)
    select(page, "Row of bays")
    enter(page, count=12)
    expect(page.locator("#plan-list")).to_contain_text("A-01 – A-12")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#plan-saved")).to_have_text("All changes are saved")
    assert len(selectors.plan_draft(here.site).features) == 16


def test_a_bay_of_the_map_is_reserved_and_made_available_on_its_card(page, here):
    publish(here.site, SMALL)
    bay = Bay.objects.get(code="A-03", lot__code="P1")
    page.goto(here.url("map"))
    shown = page.locator("#map")
    expect(shown).to_have_attribute(f"data-bay-{bay.pk}", "unknown")
    page.locator("#find-bay").fill("a-03")
    page.keyboard.press("Enter")
    card = page.locator(".leaflet-popup")
    card.get_by_role("button", name="Reserve or close").click()
    page.get_by_label("Reason", exact=True).fill("for Dr Chen")
    page.locator("#sheet .send").click()
    expect(shown).to_have_attribute(f"data-bay-{bay.pk}", "reserved")
    expect(card).to_contain_text("Reserved: for Dr Chen")
    card.get_by_role("button", name="Make available").click()
    page.locator("#sheet .send").click()
    expect(shown).to_have_attribute(f"data-bay-{bay.pk}", "unknown")
    expect(card).not_to_contain_text("Dr Chen")


def test_places_that_exist_are_proposed_before_new_ones(page, here):
    lot = here.gate.lot
    Bay.objects.filter(lot__site=here.site).delete()
    Bay.objects.bulk_create(Bay(lot=lot, code=f"M-{number}") for number in (1, 2, 3, 5))
    open_editor(page, here)
    add(page, "Car park")
    assert (value(page, "code"), value(page, "name")) == (lot.code, lot.name)
    add(page, "Row of bays")
    assert (value(page, "code"), value(page, "count")) == ("M-1", "3")
    add(page, "Row of bays")
    assert (value(page, "code"), value(page, "count")) == ("M-5", "1")
    add(page, "Car park")
    assert value(page, "code") == "P1"
