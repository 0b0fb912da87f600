"""The part of a picture in which plates are read."""

from collections.abc import Sequence
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.vision.box import Box
from devices.vision.formats import book_of
from devices.vision.photo import open_photo
from devices.vision.region import LEAST_SIDE, WHOLE, Region, region_problem
from devices.vision.search import FIRST_LOOK_PIXELS, Search, TextEngine
from devices.vision.writings import View
from tests.devices.vision import drawn

sizes = st.integers(24, 4000)
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TRIANGLE = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))


@st.composite
def regions(draw) -> Region:
    """A rectangle with one corner cut off."""
    left, top = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    right, bottom = draw(st.floats(left + 0.1, 1)), draw(st.floats(top + 0.1, 1))
    cut = draw(st.floats(0, 0.5))
    beside, below = left + cut * (right - left), top + cut * (bottom - top)
    others = ((right, top), (right, bottom), (left, bottom), (left, below))
    return Region(((beside, top), *others))


@st.composite
def boxes(draw, width: int, height: int) -> Box:
    """A rectangle in a picture."""
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Box(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y)))


@given(regions())
def test_a_region_as_it_may_be_drawn_has_no_problem(region):
    assert region_problem(region.corners, region.least_height) == ""


@given(regions(), sizes, sizes)
def test_the_bounds_lie_in_the_picture_and_are_not_empty(region, width, height):
    left, top, right, bottom = region.bounds(width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


@given(st.data(), regions(), sizes, sizes)
def test_the_middle_of_a_plate_in_the_region_is_within_its_bounds(data, region, width, height):
    box = data.draw(boxes(width, height))
    left, top, right, bottom = region.bounds(width, height)
    is_within = left <= box.x + box.width / 2 <= right and top <= box.y + box.height / 2 <= bottom
    assert is_within or not region.holds(box, width, height)


@given(st.data(), sizes, sizes)
def test_the_whole_picture_holds_every_plate(data, width, height):
    assert WHOLE.holds(data.draw(boxes(width, height)), width, height)
    assert WHOLE.bounds(width, height) == (0, 0, width, height)


@given(st.data(), st.floats(0, 0.5), sizes, sizes)
def test_a_lower_limit_holds_no_fewer_plates(data, least, width, height):
    box = data.draw(boxes(width, height))
    lower = Region(least_height=least / 2).holds(box, width, height)
    assert lower or not Region(least_height=least).holds(box, width, height)


def test_a_plate_counts_by_its_middle():
    region = Region(LEFT_HALF)
    assert region.holds(Box(300, 100, 200, 40), 800, 500)
    assert not region.holds(Box(301, 100, 202, 40), 800, 500)


def test_a_plate_within_the_bounds_but_outside_the_polygon_does_not_count():
    assert not Region(TRIANGLE).holds(Box(600, 400, 100, 40), 800, 500)


def test_a_plate_lower_than_the_least_height_does_not_count():
    assert Region(least_height=0.08).holds(Box(0, 0, 100, 40), 800, 500)
    assert not Region(least_height=0.08).holds(Box(0, 0, 100, 39), 800, 500)


@pytest.mark.parametrize(
    ("entered", "least_height", "problem"),
    [
        ([], 0, ""),
        (TRIANGLE, 0.5, ""),
        (TRIANGLE, 0.51, "least_height"),
        (TRIANGLE, -0.01, "least_height"),
        (TRIANGLE, nan, "least_height"),
        (TRIANGLE[:2], 0, "corners"),
        ([(0.5 + each / 100, each % 2) for each in range(13)], 0, "corners"),
        ([(0, 0), (1.01, 0), (0, 1)], 0, "outside"),
        ([(0, 0), (nan, 0), (0, 1)], 0, "outside"),
        ([(0, 0), (1,), (0, 1)], 0, "outside"),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], 0, "crossing"),
        ([(0, 0), (0.5, 0.5), (1, 1)], 0, "crossing"),
        ([(0, 0), (LEAST_SIDE * 0.9, 0), (0, 1)], 0, "narrow"),
        ([(0, 0), (1, 1), (0.999, 1)], 0, "narrow"),
    ],
)
def test_a_problem_is_named(entered, least_height, problem):
    assert region_problem(entered, least_height) == problem


NEAR, FAR = drawn.plate("粤B·73K56", "blue", 80), drawn.plate("粤A·98M21", "blue", 50)
TWO_CARS = drawn.jpeg(drawn.scene((FAR, (40, 60)), (NEAR, (450, 320))))


def read(reader, region: Region, image: bytes = TWO_CARS) -> list[str]:
    """Return the texts of the plates in the region."""
    return [each.text for each in reader.read(image, ["CN"], region)]


def test_a_plate_outside_the_region_is_not_read(reader):
    assert read(reader, WHOLE) == ["粤B73K56", "粤A98M21"]
    assert read(reader, Region(LEFT_HALF)) == ["粤A98M21"]


def test_a_plate_under_the_least_height_is_not_read(reader):
    assert read(reader, Region(least_height=0.115)) == ["粤B73K56"]


def test_a_region_that_is_no_rectangle_reads_what_is_in_it_only(reader):
    assert read(reader, Region(TRIANGLE)) == ["粤A98M21"]


def test_the_box_is_in_the_pixels_of_the_whole_picture(reader):
    right_half = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
    (found,) = reader.read(TWO_CARS, ["CN"], Region(right_half))
    assert found.box.x == pytest.approx(450, abs=25)
    assert found.box.x + found.box.width == pytest.approx(450 + NEAR.width, abs=25)
    assert found.box.y == pytest.approx(320, abs=15)


def test_a_plate_that_the_regions_edge_cuts_is_read_whole_or_not_at_all(reader):
    middle = (450 + NEAR.width / 2) / 800
    for edge, expected in ((middle + 0.03, ["粤B73K56"]), (middle - 0.03, [])):
        assert read(reader, Region(((0.3, 0.5), (edge, 0.5), (edge, 1), (0.3, 1)))) == expected


def test_a_very_large_photo_is_read_in_its_region(reader):
    near, far = (drawn.plate(text, height=200) for text in ("RK-755AJ", "RK-884AL"))
    image = drawn.jpeg(drawn.scene((near, (1800, 2200)), (far, (400, 300)), size=(4000, 3000)))
    lower_half = Region(((0, 0.5), (1, 0.5), (1, 1), (0, 1)))
    (found,) = reader.read(image, ["SK"], lower_half)
    assert found.text == "RK755AJ"
    assert found.box.x == pytest.approx(1800, abs=80)
    assert found.box.y == pytest.approx(2200, abs=60)


class CountingEngine:
    """An engine that notes what it looks at: the sizes searched for lines, and the crops read."""

    def __init__(self, engine: TextEngine) -> None:
        self._engine = engine
        self.sizes: list[tuple[int, int]] = []
        self.crops: list[bytes] = []

    def detect(self, pixels: np.ndarray) -> np.ndarray:
        self.sizes.append((pixels.shape[1], pixels.shape[0]))
        return self._engine.detect(pixels)

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        self.crops += [each.tobytes() for each in crops]
        return self._engine.recognise(crops)


QUARTER = Region(((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))


def search_for(reader, *placed) -> tuple[list[str], CountingEngine]:
    """What is read in the middle quarter of a picture, and what was looked at for it."""
    image = drawn.jpeg(drawn.scene(*placed, size=(1280, 720)))
    engine = CountingEngine(reader.engine())
    search = Search(open_photo(image), engine, book_of(("SK",)), QUARTER)
    return [each.text for each in search.candidates()], engine


def test_a_plain_plate_in_the_region_takes_one_search_and_two_crops(reader):
    texts, engine = search_for(reader, (drawn.plate("RK-755AJ", height=60), (500, 320)))
    assert texts == ["RK755AJ"]
    ((width, height),) = engine.sizes
    assert width * height < 1.01 * FIRST_LOOK_PIXELS / 4
    assert len(engine.crops) == 2


def test_no_line_is_read_twice_alike(reader):
    rows = drawn.two_rows("RK", "755AJ", "white")
    _, engine = search_for(reader, (rows, (500, 300)), (drawn.plate("EXIT"), (400, 200)))
    assert len(engine.crops) == len(set(engine.crops))


@pytest.mark.parametrize("height", [20, 26, 48])
def test_a_second_plate_that_is_nearly_as_high_is_read_too(reader, height):
    near, second = drawn.plate("RK-755AJ", height=height), drawn.plate("BA-302OZ", height=height)
    smaller = second.resize((round(second.width * 0.75), round(second.height * 0.75)))
    texts, _ = search_for(reader, (near, (360, 230)), (smaller, (700, 440)))
    assert {"RK755AJ", "BA302OZ"} == set(texts)
