"""Where lines of text are, and how they are cut out level."""

import cv2
import numpy as np
import pytest

from devices.vision.colour import ground_colour
from devices.vision.lines import CROP_HEIGHT, Line, crop, legible, lines_in
from devices.vision.writings import View, Writing, pairs
from tests.devices.vision import drawn

NOTHING = np.eye(1, 2)


def a_map(*lines: Line, size: tuple[int, int] = (200, 300)) -> np.ndarray:
    text_map = np.zeros(size, np.float32)
    for line in lines:
        corners = cv2.boxPoints(((line.x, line.y), (line.width, line.height), line.angle))
        cv2.fillPoly(text_map, [corners.astype(np.int32)], 0.9)
    return text_map


def a_view(text: str) -> View:
    return View(NOTHING, text)


@pytest.mark.parametrize("angle", [-30, -8, 0, 5, 30])
def test_a_line_is_found_where_it_is_and_as_it_lies(angle):
    found = lines_in(a_map(Line(150, 100, 120, 12, angle)))
    assert len(found) == 1
    assert (found[0].x, found[0].y) == pytest.approx((150, 100), abs=2)
    assert found[0].angle == pytest.approx(angle, abs=2)
    assert found[0].width > 120
    assert found[0].height > 12


def test_faint_and_tiny_marks_are_no_lines():
    faint = a_map(Line(150, 100, 120, 12, 0)) * 0.4
    assert lines_in(faint) == []
    assert lines_in(a_map(Line(50, 50, 2, 1, 0))) == []


@pytest.mark.parametrize(
    ("line", "is_legible"),
    [
        (Line(0, 0, 60, 12, 0), True),
        (Line(0, 0, 60, 5, 0), False),
        (Line(0, 0, 12, 60, 0), False),
        (Line(0, 0, 900, 12, 0), False),
    ],
)
def test_which_lines_are_worth_reading(line, is_legible):
    assert legible(line) is is_legible


@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("angle", [0, 12])
def test_a_crop_of_any_size_is_level_and_of_one_height(scale, angle):
    line = Line(150, 100, 120, 24, angle).moved(scale)
    size = (round(200 * scale), round(300 * scale))
    pixels = cv2.merge([(a_map(line, size=size) * 255).astype(np.uint8)] * 3)
    cut = crop(pixels, line)
    assert cut.shape[:2] == (CROP_HEIGHT, pytest.approx(240, abs=8))
    assert cut[6:-6, 10:-10].mean() > 200
    assert crop(pixels, line, beside=0.5, above=0.25).mean() < 160


def test_a_crop_at_the_edge_of_the_photo_is_filled_up():
    pixels = np.full((40, 60, 3), 200, np.uint8)
    assert crop(pixels, Line(58, 2, 40, 20, 0)).min() == 200


def test_a_line_moves_with_the_photo_it_is_in():
    assert Line(10, 20, 30, 4, 5).moved(2, 100, 200) == Line(120, 240, 60, 8, 5)


def test_the_bounds_of_a_turned_line_hold_its_corners():
    left, top, right, bottom = Line(100, 100, 80, 20, 30).bounds()
    corners = cv2.boxPoints(((100, 100), (80, 20), 30))
    assert (left, top) == pytest.approx(tuple(corners.min(axis=0)), abs=0.01)
    assert (right, bottom) == pytest.approx(tuple(corners.max(axis=0)), abs=0.01)


@pytest.mark.parametrize(
    ("one", "two", "text"),
    [
        (Line(100, 100, 40, 20, 0), Line(170, 101, 60, 21, 0), "VW4X4"),
        (Line(100, 100, 40, 20, 0), Line(100, 130, 90, 30, 0), "VW4X4"),
        (Line(100, 100, 40, 20, 0), Line(300, 101, 60, 21, 0), None),
        (Line(100, 100, 40, 20, 0), Line(170, 101, 60, 60, 0), None),
        (Line(100, 100, 90, 20, 0), Line(100, 190, 90, 30, 0), None),
    ],
)
def test_lines_beside_or_above_one_another_may_be_one_plate(one, two, text):
    writings = [Writing((two,), [a_view("4X4")]), Writing((one,), [a_view("VW")])]
    found = [writing.views[0].text for writing in pairs(writings)]
    assert found == ([text] if text else [])


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-05-01 12:33:21", True),
        ("12:33:21", True),
        ("12:3321", True),
        ("2026年5月1日", True),
        ("BSE:55-79", False),
        ("1T4:3213", False),
        ("粤B·12345", False),
    ],
)
def test_a_cameras_clock_is_no_plate(text, time):
    assert Writing((Line(0, 0, 9, 3, 0),), [a_view(text)]).is_clock() is time


@pytest.mark.parametrize("colour", ["blue", "yellow", "green", "white", "black"])
@pytest.mark.parametrize("light", [1.0, 0.6])
def test_the_plate_colour_is_recognised_by_day_and_in_the_shade(colour, light):
    pixels = np.asarray(drawn.plate("粤B12345", colour))[:, :, ::-1]
    assert ground_colour((pixels * light).astype(np.uint8)) == colour


def test_a_colour_between_is_not_named():
    assert ground_colour(np.full((48, 200, 3), (110, 90, 130), np.uint8)) == ""
