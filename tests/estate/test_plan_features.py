"""A GeoJSON file becomes a plan, or each faulty feature is named with its remedy."""

import copy
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Rejection
from estate.plans.features import (
    KINDS,
    LARGEST_BYTES,
    MAX_FEATURES,
    RejectedPlan,
    read_file,
    validated,
)
from tests.estate.plans import feature, file, square

BOW = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]


def without(name, **more):
    found = feature(**more)
    del found["properties"][name]
    return found


def with_geometry(type_, coordinates, kind="building"):
    return {**feature(kind), "geometry": {"type": type_, "coordinates": coordinates}}


def test_a_file_of_every_kind_is_read():
    made = read_file(
        file(
            feature("building", "1", name="Maple House"),
            feature("lot", "P1", capacity=80),
            feature("bay", "A-01", lot="P1"),
            feature("road", "r1"),
            feature("area", "g1", name="Garden"),
            feature("gate", "north", name="北门"),
        )
    )
    assert [each["properties"]["kind"] for each in made] == [
        "building",
        "lot",
        "bay",
        "road",
        "area",
        "gate",
    ]
    assert made[1]["properties"] == {"kind": "lot", "code": "P1", "capacity": 80}
    assert made[5]["geometry"] == {"type": "Point", "coordinates": [121.0, 31.0]}


def test_what_a_plan_does_not_use_is_not_stored():
    drawn = feature("bay", 7, lot="P1", place=99, colour="red", name="seven")
    drawn["geometry"]["coordinates"] = [[[*each, 4.2] for each in square()]]
    (made,) = read_file(b"\xef\xbb\xbf" + file(drawn))
    assert made["properties"] == {"kind": "bay", "code": "7", "lot": "P1"}
    assert made["geometry"]["coordinates"] == [square()]


def test_a_clockwise_outline_is_turned():
    (made,) = read_file(file(feature(ring=square()[::-1])))
    assert made["geometry"]["coordinates"] == [square()]


@pytest.mark.parametrize(
    ("faulty", "code", "text"),
    [
        (
            feature("buidling"),
            "unknown_kind",
            "set kind to one of: building, lot, bay, road, area, gate",
        ),
        (without("kind"), "unknown_kind", "set kind"),
        (without("code"), "invalid_code", "give it a code"),
        (feature(code="x" * 21), "invalid_code", "at most 20"),
        (feature(code="a\x00b"), "invalid_code", "give it a code"),
        (feature(code="\ud800"), "invalid_code", "give it a code"),
        (feature("lot", "P 1"), "invalid_code", "letters, digits"),
        (feature("bay", "A-01"), "no_lot", "code of its car park"),
        (feature("lot", "P1", capacity=-1), "invalid_capacity", "enter 0 to"),
        (feature("lot", "P1", capacity="80"), "invalid_capacity", "enter 0 to"),
        (feature(ring=BOW), "crossing", "edges do not cross"),
        (feature(ring=square()[:-1]), "open", "repeat the first position"),
        (feature(ring=square()[:2]), "too_few", "at least three corners"),
        (feature(ring=[[0, 0], [1, 1], [2, 2], [0, 0]]), "no_area", "not on one line"),
        (feature(ring=square(31.2, 121.4)), "out_of_range", "longitude first"),
        (with_geometry("Polygon", [[["a", "b"]]]), "malformed", "[longitude, latitude]"),
        (with_geometry("MultiPolygon", [[square()]]), "wrong_geometry", "one Polygon"),
        (with_geometry("Polygon", [square()], "gate"), "wrong_geometry", "one Point"),
        ({**feature(), "geometry": None}, "wrong_geometry", "one Polygon"),
        ({"type": "Feature"}, "not_a_feature", "properties"),
        (None, "not_a_feature", "properties"),
    ],
)
def test_a_faulty_feature_is_named_with_its_remedy(faulty, code, text):
    with pytest.raises(RejectedPlan) as caught:
        read_file(file(feature(code="good"), faulty))
    (rejection,) = caught.value.rejections
    assert (rejection.code, rejection.field) == (code, "features[1]")
    assert rejection.message.startswith("feature 2")
    assert text in rejection.hint


def test_every_faulty_feature_is_reported_and_nothing_is_accepted():
    with pytest.raises(RejectedPlan) as caught:
        read_file(file(feature(ring=BOW), feature(code="2"), feature("bay", "A-01")))
    assert [each.message for each in caught.value.rejections] == [
        "feature 1 (building 1): its outline crosses itself",
        "feature 3 (bay A-01): it names no car park",
    ]


def test_a_code_stands_once_per_kind_and_per_lot():
    validated([feature("bay", "1", lot="P1"), feature("bay", "1", lot="P2"), feature(code="1")])
    with pytest.raises(RejectedPlan, match=r"feature 2 \(bay 1\): another feature has this code"):
        validated([feature("bay", "1", lot="P1"), feature("bay", "1", lot="P1")])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_a_collection"),
        (b'{"type": "Feature"}', "not_a_collection"),
        (file(), "no_features"),
        (file(feature(), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}), "wrong_crs"),
        (b" " * (LARGEST_BYTES + 1), "too_large"),
    ],
)
def test_a_file_that_is_no_plan_is_rejected(content, code):
    with pytest.raises(Rejection) as caught:
        read_file(content)
    assert caught.value.code == code


def test_wgs_84_may_be_named():
    name = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert read_file(file(feature(), crs=name))


def test_a_plan_has_at_most_so_many_features():
    with pytest.raises(Rejection, match="too many"):
        validated([feature()] * (MAX_FEATURES + 1))


def test_numbers_beyond_json_are_rejected():
    content = file(feature()).replace(b"31.0,", b"NaN,").replace(b"31.0]", b"NaN]")
    with pytest.raises(RejectedPlan) as caught:
        read_file(content)
    assert caught.value.rejections[0].code == "malformed"


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.sampled_from(["type", "geometry", "properties", "kind", "code", "coordinates"]), anything)
def test_any_value_in_any_place_is_accepted_or_rejected(name, value):
    drawn = copy.deepcopy(feature())
    for part in (drawn, drawn["properties"], drawn["geometry"]):
        if name in part:
            part[name] = value
    with suppress(RejectedPlan):
        (made,) = validated([drawn])
        assert made["properties"]["kind"] in KINDS
