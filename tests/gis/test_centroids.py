"""The middle of an outline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.centroids import centroid

sizes = st.floats(0.0001, 0.01)
degrees = st.floats(-100, 100)


@given(degrees, degrees, sizes, sizes, st.booleans(), st.integers(0, 3))
def test_the_middle_of_a_rectangle_is_half_way(x, y, width, height, closed, start):
    corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    ring = corners[start:] + corners[:start]
    found = centroid([*ring, ring[0]] if closed else ring)
    assert found == pytest.approx((x + width / 2, y + height / 2), abs=1e-9)


def test_a_wing_pulls_the_middle_of_a_building_towards_it():
    shape = [[0, 0], [3, 0], [3, 1], [1, 1], [1, 3], [0, 3]]  # 3 + 2 squares
    assert centroid(shape) == pytest.approx(((1.5 * 3 + 0.5 * 2) / 5, (0.5 * 3 + 2 * 2) / 5))


def test_corners_in_a_line_have_their_mean():
    assert centroid([[0, 0], [2, 2], [4, 4]]) == (2, 2)


def test_an_empty_ring_has_no_middle():
    with pytest.raises(ValueError, match="no middle"):
        centroid([])
