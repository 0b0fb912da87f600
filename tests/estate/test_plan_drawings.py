"""What is drawn in metres is stored in degrees and drawn again as it was."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Rejection
from estate.demo import community_plan
from estate.plans.drawings import codes_from, drawing_of, features_of
from estate.plans.features import validated
from gis.frames import LocalFrame
from gis.rectangles import Rectangle
from tests.estate.plans import ORIGIN, SMALL, drawing, feature, gate, row, shape

FRAME = LocalFrame(*ORIGIN)
places = st.floats(-3000, 3000).map(lambda value: round(value, 2))
sizes = st.floats(1, 120).map(lambda value: round(value, 2))
turns = st.floats(-179, 180).map(lambda value: round(value, 1))


def codes(drawn):
    return [each["properties"]["code"] for each in features_of(drawn)]


def redrawn(drawn):
    """The drawing after it was stored and opened again, as the browser receives it."""
    return json.loads(json.dumps(drawing_of(validated(features_of(drawn)), FRAME)))["shapes"]


def test_a_row_of_bays_is_numbered_upwards():
    assert codes(drawing(row(3, "A-09"))) == ["A-09", "A-10", "A-11"]
    assert codes(drawing(row(2, "098"), row(2, "VIP 1"))) == ["098", "099", "VIP 1", "VIP 2"]


@pytest.mark.parametrize(("first", "count"), [("VIP", 2), ("A" * 18 + "99", 2)])
def test_a_row_needs_numbers_that_fit(first, count):
    with pytest.raises(Rejection):
        codes_from(first, count)
    assert codes_from(first, 1) == [first]


def test_a_drawing_is_opened_as_it_was_saved():
    shapes = redrawn(SMALL)
    assert [each["kind"] for each in shapes] == ["building", "lot", "bay", "road", "gate"]
    assert shapes[2] == {**row(10, x=2, y=2), "rotation": 0.0}
    assert shapes[4] == gate("north", 33.0, 60.0, name="North gate")


@given(places, places, sizes, sizes, turns, st.integers(1, 40))
def test_a_row_stays_a_row_of_the_same_size(x, y, width, depth, rotation, count):
    size = {"width": width, "depth": depth, "rotation": rotation}
    (found,) = redrawn(drawing(row(count, x=x, y=y, **size)))
    assert (found["count"], found["code"], found["lot"]) == (count, "A-01", "P1")
    assert (found["x"], found["y"]) == pytest.approx((x, y), abs=0.01)
    assert (found["width"], found["depth"]) == pytest.approx((width, depth), abs=0.01)
    assert abs((found["rotation"] - rotation + 180) % 360 - 180) < 0.1


def test_bays_with_a_gap_or_another_number_are_rows_of_their_own():
    apart = [row(2, "A-01"), row(2, "A-03", x=5.5), row(2, "B-05", x=10.5), row(1, "B-08", x=15.5)]
    assert [each["count"] for each in redrawn(drawing(*apart))] == [2, 2, 2, 1]
    other = [row(2, "A-01"), row(2, "A-03", lot="P2", x=5.0)]
    assert [each["lot"] for each in redrawn(drawing(*other))] == ["P1", "P2"]


def test_an_outline_that_is_no_rectangle_keeps_its_corners():
    ell = [[0, 0], [8, 0], [8, 4], [4, 4], [4, 8], [0, 8]]
    (found,) = redrawn(drawing({**shape("lot", "P1", 10, 20), "rings": [ell]}))
    assert (found["x"], found["y"], found["rotation"]) == pytest.approx((10, 20, 0), abs=0.001)
    for mine, its in zip(found["rings"][0], ell, strict=True):
        assert mine == pytest.approx(its, abs=0.001)


@pytest.mark.parametrize(
    "drawn",
    [
        None,
        [],
        {"origin": ORIGIN},
        {"shapes": []},
        drawing("x"),
        drawing(origin=[200, 0]),
        drawing(origin=["a", "b"]),
        drawing(shape("lot", "P1", width=0)),
        drawing(shape("lot", "P1", x="1")),
        drawing(shape("lot", "P1", x=float("nan"))),
        drawing(row(501)),
        drawing(row(0)),
        drawing({**shape("lot", "P1"), "rings": [[1, 2]]}),
        drawing({**shape("lot", "P1"), "rings": 7}),
    ],
)
def test_a_malformed_drawing_is_rejected(drawn):
    with pytest.raises(Rejection):
        features_of(drawn)


def test_the_demo_site_has_four_rows_of_twenty_bays():
    bays = [
        feature("bay", code, [*ring, ring[0]], lot="main")
        for code, ring in community_plan.bays().items()
    ]
    shapes = drawing_of(validated(bays), FRAME)["shapes"]
    assert [(each["code"], each["count"], each["width"]) for each in shapes] == [
        ("A-01", 20, 2.6),
        ("B-01", 20, 2.6),
        ("C-01", 20, 2.6),
        ("D-01", 20, 2.6),
    ]


@given(st.lists(st.integers(-1, 1), min_size=2, max_size=60), turns)
def test_bays_with_rounded_corners_are_drawn_where_they_were(errors, rotation):
    """Coordinates with seven decimals, as other programs write them, are off by a centimetre."""
    bays = Rectangle(50.0, 20.0, 2.5, 5.0, rotation).row(len(errors))
    drawn = []
    for number, (bay, error) in enumerate(zip(bays, errors, strict=True)):
        ring = [FRAME.to_degrees((x + error * 0.005, y)) for x, y in bay.ring()]
        drawn.append(feature("bay", f"A-{number:02d}", [*ring, ring[0]], lot="P1"))
    found = features_of(drawing_of(validated(drawn), FRAME))
    assert len(found) == len(bays)
    for feature_, bay in zip(found, bays, strict=True):
        corners = feature_["geometry"]["coordinates"][0]
        for corner, wanted in zip(corners, bay.ring(), strict=False):
            assert math.dist(FRAME.to_metres(corner), wanted) < 0.05
