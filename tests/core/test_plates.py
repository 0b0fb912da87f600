"""Plates are normalised, folded by look-alikes, and compared by a cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plates import (
    LOOKALIKE_COST,
    LOOKALIKES,
    PROVINCES,
    fold,
    is_plausible,
    lookalike_cost,
    normalise,
)

PLATE_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
plates = st.text(PLATE_CHARACTERS, min_size=1, max_size=8)
chinese = st.builds(
    lambda province, rest: province + rest,
    st.sampled_from(PROVINCES),
    st.text(PLATE_CHARACTERS, min_size=6, max_size=7),
)
any_plate = plates | chinese


@pytest.mark.parametrize(
    ("typed", "plate"),
    [
        ("粤b·12345", "粤B12345"),
        ("粤B 1234５", "粤B12345"),
        (" ab-123.cd ", "AB123CD"),
        ("京A・D12345", "京AD12345"),
        ("straße 1", "STRASSE1"),
        ("", ""),
        ("·- .", ""),
        ("粵Z 1234港", "粤Z1234港"),
    ],
)
def test_a_plate_is_normalised(typed, plate):
    assert normalise(typed) == plate


@given(st.text(max_size=20))
def test_normalising_is_idempotent(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=20))
def test_folding_is_idempotent(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=20))
def test_folding_normalises_first(text):
    assert fold(normalise(text)) == fold(text)


@pytest.mark.parametrize("group", LOOKALIKES)
def test_lookalikes_fold_to_one_character(group):
    assert {fold(character) for character in group} == {group[0]}


def test_characters_of_different_shape_are_not_folded():
    assert len({fold(c) for c in PLATE_CHARACTERS}) == 36 - sum(len(g) - 1 for g in LOOKALIKES)


def test_accents_and_provinces_when_folding():
    assert fold("BÖ AB 18") == fold("BO-AB-18")
    assert fold("粤B12345") != fold("京B12345")


@given(any_plate)
def test_the_cost_of_equal_plates_is_zero(plate):
    assert lookalike_cost(plate, plate) == 0.0


@given(any_plate, any_plate)
def test_the_cost_is_symmetric(one, other):
    assert lookalike_cost(one, other) == lookalike_cost(other, one)


@given(any_plate, any_plate)
def test_the_cost_of_different_plates_is_positive(one, other):
    assert (lookalike_cost(one, other) == 0.0) == (one == other)


@given(plates, st.data())
def test_each_lookalike_costs_the_lookalike_cost(plate, data):
    misread = "".join(
        data.draw(st.sampled_from(next((g for g in LOOKALIKES if c in g), c))) for c in plate
    )
    changed = sum(a != b for a, b in zip(plate, misread, strict=True))
    assert lookalike_cost(plate, misread) <= round(changed * LOOKALIKE_COST, 6)


@pytest.mark.parametrize(
    ("one", "other", "cost"),
    [
        ("AB 120", "ABI2O", 0.4),
        ("AB120", "AB12X", 1.0),
        ("AB120", "AB1200", 1.0),
        ("粤B12345", "京B12345", 0.5),
        ("粤B12345", "B12345", 0.5),
        ("粤BD12345", "粤BD1234", 0.5),
        ("粤BD12340", "粤B01234", 0.7),
        ("AB123456", "AB12345", 1.0),
        ("", "AB1", 3.0),
    ],
)
def test_the_scale_of_the_cost(one, other, cost):
    assert lookalike_cost(one, other) == cost


@pytest.mark.parametrize("text", ["A1", "GWAGEN", "粤B12345", "粤BD12345", "WJ京12345", "使014578"])
def test_plausible_plates(text):
    assert is_plausible(text)


@pytest.mark.parametrize("text", ["", "_无_", "无牌车", "7", "粤", "粤B京沪", "NO STOPPING 8-18H"])
def test_implausible_plates(text):
    assert not is_plausible(text)
