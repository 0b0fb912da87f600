"""GeoJSON: orientation of rings (RFC 7946), bounds, features without a position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import geojson

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
HOLE = [[0.2, 0.2], [0.4, 0.2], [0.4, 0.4], [0.2, 0.4]]
degrees = st.floats(-180, 180, allow_nan=False)
rings = st.lists(st.tuples(degrees, degrees), min_size=3, max_size=8, unique=True)


@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1], [*SQUARE, SQUARE[0]]])
def test_the_exterior_is_closed_and_counter_clockwise(ring):
    (outside,) = geojson.polygon([ring])["coordinates"]
    assert outside[0] == outside[-1]
    assert geojson.signed_area(outside) == 1.0


def test_a_hole_is_clockwise():
    _outside, hole = geojson.polygon([SQUARE, HOLE])["coordinates"]
    assert geojson.signed_area(hole) < 0


@pytest.mark.parametrize("ring", [[], [[0, 0]], [[0, 0], [1, 1]], [[0, 0], [1, 1], [0, 0]]])
def test_fewer_than_three_corners_give_no_polygon(ring):
    assert geojson.polygon([ring]) is None


def test_features_without_geometry_are_left_out_of_a_collection():
    drawn = geojson.feature(geojson.point(3, 4), 1, kind="gate")
    made = geojson.collection([drawn, geojson.feature(None, 2)])
    assert made["features"] == [drawn]
    assert made["bbox"] == [3, 4, 3, 4]


def test_an_empty_collection_has_no_bounds():
    assert "bbox" not in geojson.collection([])


def test_bounds_span_points_and_polygons():
    found = geojson.bounds([geojson.point(-2, 5), geojson.polygon([SQUARE])])
    assert found == (-2, 0, 1, 5)


def test_a_small_shape_far_from_the_origin_keeps_its_area():
    step = 1e-5
    bay = [[121.47, 31.23], [121.47 + step, 31.23], [121.47 + step, 31.23 + step]]
    assert geojson.signed_area(bay) == pytest.approx(step * step / 2, rel=1e-3)


@given(rings)
def test_orienting_is_idempotent(ring):
    once = geojson.oriented(ring, counter_clockwise=True)
    assert geojson.oriented(once, counter_clockwise=True) == once
    assert geojson.signed_area(once) >= 0
