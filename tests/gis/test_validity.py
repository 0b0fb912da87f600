"""Geometries that cannot be drawn are named by what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.validity import Fault, contains, fault_of_point, fault_of_polygon

SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    "rings", [[SQUARE], [SQUARE[::-1]], [SQUARE, HOLE], [[[*each, 12.5] for each in SQUARE]]]
)
def test_a_polygon_may_turn_either_way_and_have_holes_and_altitudes(rings):
    assert fault_of_polygon(rings) is None


@pytest.mark.parametrize(
    ("rings", "fault"),
    [
        (None, Fault.MALFORMED),
        ([], Fault.MALFORMED),
        (["0,0 1,1"], Fault.MALFORMED),
        ([[[0, 0], [1, "1"], [1, 0], [0, 0]]], Fault.MALFORMED),
        ([[[0, 0], [1, True], [1, 0], [0, 0]]], Fault.MALFORMED),
        ([[[0, 0], [1, float("nan")], [1, 0], [0, 0]]], Fault.MALFORMED),
        ([[[0, 0], [1, 10**400], [1, 0], [0, 0]]], Fault.MALFORMED),
        ([SQUARE, [[[0]]]], Fault.MALFORMED),
        ([[[0, 0], [181, 0], [181, 1], [0, 0]]], Fault.OUT_OF_RANGE),
        ([[[31.2, 121.4], [31.3, 121.4], [31.3, 121.5], [31.2, 121.4]]], Fault.OUT_OF_RANGE),
        ([[[0, 0], [1, 1], [0, 0]]], Fault.TOO_FEW),
        ([SQUARE[:-1]], Fault.OPEN),
        ([[[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]], Fault.CROSSING),
        ([SQUARE, [[3, 3], [9, 3], [9, 9], [3, 3]]], Fault.CROSSING),
        ([[[0, 0], [1, 1], [2, 2], [0, 0]]], Fault.NO_AREA),
    ],
)
def test_a_faulty_polygon_is_named(rings, fault):
    assert fault_of_polygon(rings) == fault


@pytest.mark.parametrize(
    ("position", "fault"),
    [
        ([121.4, 31.2], None),
        ([-180, -90], None),
        ([31.2, 121.4], Fault.OUT_OF_RANGE),
        ([121.4], Fault.MALFORMED),
        ("121.4, 31.2", Fault.MALFORMED),
    ],
)
def test_a_point_has_a_longitude_and_a_latitude(position, fault):
    assert fault_of_point(position) == fault


@given(st.recursive(st.one_of(st.floats(), st.text(), st.none()), st.lists))
def test_anything_else_is_rejected_without_an_error(value):
    assert fault_of_polygon(value) is not None
    assert fault_of_point(value) in (None, *Fault)


def test_a_ring_contains_its_inside_and_its_edge():
    assert contains(SQUARE, [2, 2])
    assert contains(SQUARE, [4, 2])
    assert not contains(SQUARE, [5, 2])
