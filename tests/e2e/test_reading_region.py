"""A reading region is drawn on a camera's picture in a real browser."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from access.photo_queue import read_next_photo
from access.reading_regions import region_of
from devices.vision.box import Box
from devices.vision.region import WHOLE, Region
from tests.access.readers import Reading
from tests.photos import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
START = ((0.2, 0.3), (0.8, 0.3), (0.8, 0.95), (0.2, 0.95))


class ReadingAnything(Reading):
    """Finds its plate in the middle of the smallest photo."""

    def read(self, image, *more):
        return [replace(each, box=Box(10, 8, 12, 3)) for each in self.found]


@pytest.fixture
def camera(here):
    return here.gate.entry.camera


def open_editor(page: Page, here, camera) -> None:
    page.goto(here.url("reading_region", camera.pk))
    expect(page.locator("#region-editor[data-ready]")).to_be_visible()


def corner(page: Page, number: int):
    return page.locator(f'[data-handles] [data-at="{number - 1}"]')


def field(page: Page, number: int, axis: str):
    return page.locator(f"[data-rows] > li:nth-child({number}) [name={axis}]")


def save(page: Page, here, camera) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved; it applies from the next photo on.")).to_be_visible()


def drag(page: Page, handle, to: tuple[float, float]) -> None:
    """Drag a handle to a place in the picture, in shares of its width and height."""
    handle.scroll_into_view_if_needed()
    at, picture = handle.bounding_box(), page.locator("[data-picture]").bounding_box()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(
        picture["x"] + to[0] * picture["width"], picture["y"] + to[1] * picture["height"]
    )
    page.mouse.up()


def test_a_region_is_drawn_by_keyboard(page, here, camera):
    open_editor(page, here, camera)
    page.get_by_role("button", name="Add corner").focus()
    page.keyboard.press("Enter")
    expect(corner(page, 1)).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    expect(field(page, 1, "x")).to_have_value("21")
    expect(field(page, 1, "y")).to_have_value("24.5")
    corner(page, 3).focus()
    page.keyboard.press("Delete")
    expect(page.locator("[data-rows] > li")).to_have_count(3)
    page.locator('[data-handles] [data-add="3"]').press("Enter")
    expect(corner(page, 4)).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("[data-rows] > li")).to_have_count(3)
    field(page, 2, "x").fill("75")
    expect(corner(page, 2)).to_have_attribute("aria-label", "Corner 2: 75 %, 30 %")
    page.locator("[name=least_height]").fill("4")
    save(page, here, camera)
    assert region_of(camera) == Region(((0.21, 0.245), (0.75, 0.3), (0.2, 0.95)), 0.04)


def test_a_region_is_drawn_by_pointer(page, here, camera):
    open_editor(page, here, camera)
    page.get_by_role("button", name="Add corner").click()
    drag(page, corner(page, 2), (0.6, 0.4))
    expect(field(page, 2, "x")).not_to_have_value("80")
    assert float(field(page, 2, "x").input_value()) == pytest.approx(60, abs=1)
    assert float(field(page, 2, "y").input_value()) == pytest.approx(40, abs=1)
    drag(page, page.locator('[data-handles] [data-add="1"]'), (0.4, 0.1))
    expect(page.locator("[data-rows] > li")).to_have_count(5)
    assert float(field(page, 2, "y").input_value()) == pytest.approx(10, abs=1)
    save(page, here, camera)
    corners = region_of(camera).corners
    assert len(corners) == 5
    assert (corners[0], *corners[3:]) == (START[0], *START[2:])


def test_the_whole_picture_undoes_the_drawing(page, here, camera):
    open_editor(page, here, camera)
    page.get_by_role("button", name="Add corner").click()
    expect(corner(page, 4)).to_be_visible()
    page.get_by_role("button", name="Whole picture").click()
    expect(page.locator("[data-handles] button")).to_have_count(0)
    save(page, here, camera)
    assert region_of(camera) == WHOLE


def test_the_latest_photo_shows_where_plates_were(page, here, camera):
    here.gate.sees(here.gate.entry, "", image=jpeg())
    read_next_photo(ReadingAnything("粤B12345", 0.99))
    open_editor(page, here, camera)
    expect(page.locator(".region-boxes rect")).to_have_count(1)
    expect(page.locator("[data-picture] img")).to_be_visible()
