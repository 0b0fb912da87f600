"""Which known plate a reading is, and when nobody may decide that unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plates import LOOKALIKES, fold
from devices.vision.matching import match_known, only_match

plates = st.text("ABDIO0128", min_size=4, max_size=7)


def test_the_same_plate_is_matched_however_it_is_spelled():
    match = only_match(match_known("粤b 12345", ["粤B·12345", "粤B54321"]))
    assert match is not None
    assert (match.plate, match.cost, match.folded) == ("粤B·12345", 0.0, True)


@pytest.mark.parametrize(("read", "known"), [("AB120", "ABI2O"), ("8S2", "B5Z"), ("Q0D", "OOO")])
def test_a_lookalike_is_the_known_plate(read, known):
    match = only_match(match_known(read, [known, "XXXXXX"]))
    assert match is not None
    assert match.plate == known


def test_two_known_plates_that_look_alike_are_for_a_person_to_tell_apart():
    matches = match_known("AB120", ["ABI20", "AB120"])
    assert [match.plate for match in matches] == ["AB120", "ABI20"]
    assert only_match(matches) is None


def test_a_plate_known_twice_is_one_plate():
    assert only_match(match_known("AB120", ["AB 120", "AB-120"])) is not None


def test_a_wrong_province_is_offered_but_never_chosen():
    matches = match_known("京B12345", ["粤B12345"])
    assert [match.cost for match in matches] == [0.5]
    assert only_match(matches) is None


def test_a_lost_eighth_character_is_offered_but_never_chosen():
    matches = match_known("粤BD1234", ["粤BD12345"])
    assert [match.plate for match in matches] == ["粤BD12345"]
    assert only_match(matches) is None


def test_another_plate_is_no_match():
    assert match_known("AB120", ["AB12X", "ZZ999", ""]) == []


@pytest.mark.parametrize("nothing", ["", " · "])
def test_nothing_read_matches_nothing(nothing):
    assert match_known(nothing, ["AB120", ""]) == []


@given(plates, st.lists(plates, max_size=6))
def test_only_a_lookalike_is_ever_chosen_and_only_when_it_is_alone(read, known):
    match = only_match(match_known(read, known))
    alike = {plate for plate in known if fold(plate) == fold(read)}
    assert {match.plate} == alike if match else len(alike) != 1


@given(plates, st.lists(plates, max_size=6))
def test_the_order_of_the_known_plates_does_not_matter(read, known):
    assert match_known(read, known) == match_known(read, reversed(known))


@given(st.data(), plates)
def test_any_misreading_among_lookalikes_still_finds_the_car(data, plate):
    shapes = [next((group for group in LOOKALIKES if c in group), c) for c in plate]
    read = "".join(data.draw(st.sampled_from(shape)) for shape in shapes)
    match = only_match(match_known(read, [plate]))
    assert match is not None
    assert match.plate == plate
