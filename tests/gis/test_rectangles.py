"""Rectangles and rows of bays: sizes stay when they are turned, moved, or stored in degrees."""

import math
from itertools import pairwise

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.frames import LocalFrame
from gis.rectangles import Rectangle, fit, moved

metres = st.floats(-2000, 2000)
sizes = st.floats(0.5, 300)
turns = st.floats(-179.9, 180)
rectangles = st.builds(Rectangle, metres, metres, sizes, sizes, turns)
frames = st.builds(LocalFrame, st.floats(-179, 179), st.floats(-66, 66))


def in_degrees(frame, rectangle):
    """The rectangle as it is stored: a closed ring of positions."""
    ring = [frame.to_degrees(corner) for corner in rectangle.ring()]
    return [*ring, ring[0]]


def test_a_rectangle_is_outlined_from_its_first_corner_counter_clockwise():
    assert Rectangle(10, 20, 4, 2).ring() == [(10, 20), (14, 20), (14, 22), (10, 22)]


def test_a_quarter_turn_is_about_the_first_corner():
    ring = Rectangle(10, 20, 4, 2, 90).ring()
    expected = [(10, 20), (10, 24), (8, 24), (8, 20)]
    assert [pytest.approx(corner) for corner in expected] == ring


def test_ten_bays_of_two_and_a_half_metres_make_a_row_of_25_metres():
    row = Rectangle(0, 0, 2.5, 5).row(10)
    assert [each.x for each in row] == [index * 2.5 for index in range(10)]
    assert {(each.y, each.width, each.depth, each.rotation) for each in row} == {(0, 2.5, 5, 0)}


@given(rectangles, st.integers(1, 60))
def test_neighbours_in_a_row_share_an_edge_and_do_not_overlap(rectangle, count):
    row = [each.ring() for each in rectangle.row(count)]
    assert len(row) == count
    for left, right in pairwise(row):
        assert math.dist(left[1], right[0]) == pytest.approx(0, abs=1e-6)
        assert math.dist(left[2], right[3]) == pytest.approx(0, abs=1e-6)
    whole = rectangle.width * rectangle.depth * count
    assert sum(shapely.Polygon(ring).area for ring in row) == pytest.approx(whole)
    assert shapely.union_all([shapely.Polygon(ring).buffer(1e-6) for ring in row]).area == (
        pytest.approx(whole, rel=1e-4)
    )


@given(st.tuples(metres, metres), metres, metres, turns)
def test_turning_back_and_forth_returns_to_the_point(point, x, y, turn):
    there = moved(point, x, y, turn)
    back = moved((there[0] - x, there[1] - y), 0, 0, -turn)
    assert back == pytest.approx(point, abs=1e-6)


@given(frames, rectangles)
def test_a_rectangle_stored_in_degrees_is_read_back_to_the_centimetre(frame, rectangle):
    found = fit([frame.to_metres(position) for position in in_degrees(frame, rectangle)])
    assert (found.x, found.y) == pytest.approx((rectangle.x, rectangle.y), abs=0.01)
    sizes = (rectangle.width, rectangle.depth)
    assert (found.width, found.depth) == pytest.approx(sizes, abs=0.01)
    turned = (found.rotation - rectangle.rotation + 180) % 360 - 180
    assert abs(turned) * math.radians(1) * rectangle.width < 0.01


@given(rectangles)
def test_a_clockwise_ring_is_the_same_rectangle(rectangle):
    corners = rectangle.ring()
    found = fit([corners[0], *corners[:0:-1]])
    assert found.is_near(rectangle)


@pytest.mark.parametrize(
    "ring",
    [
        [],
        [(0, 0), (1, 0), (1, 1)],
        [(0, 0), (4, 0), (5, 2), (0, 2)],
        [(0, 0), (4, 0), (5, 2), (1, 2)],
        [(0, 0), (2, 0), (2, 2), (1, 3), (0, 2)],
    ],
)
def test_other_shapes_are_no_rectangles(ring):
    assert fit(ring) is None


@given(frames, metres, metres)
def test_degrees_and_metres_are_converted_both_ways(frame, x, y):
    assert frame.to_metres(frame.to_degrees((x, y))) == pytest.approx((x, y), abs=1e-3)


@pytest.mark.parametrize(
    ("latitude", "east", "north"),
    [  # lengths of a degree on the ellipsoid of WGS-84
        (0.0, 111_319.5, 110_574.3),
        (30.0, 96_486.3, 110_852.4),
        (45.0, 78_846.8, 111_131.7),
        (60.0, 55_800.0, 111_412.3),
    ],
)
def test_a_degree_has_its_length_on_the_ellipsoid(latitude, east, north):
    lengths = LocalFrame(121.0, latitude).metres_per_degree
    assert lengths == pytest.approx((east, north), rel=1e-4)
