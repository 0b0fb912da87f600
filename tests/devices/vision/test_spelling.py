"""From what a recogniser saw to the texts that may stand there."""

import numpy as np
import pytest

from devices.vision.alphabet import COLUMN, SIGNS, Alphabet, plate_sign
from devices.vision.formats import FormatBook
from devices.vision.spelling import spell

ANY = FormatBook()


def seen(*signs: str, sure: float = 0.97) -> np.ndarray:
    """A view of these signs with gaps between; `O0` is an O that may be a 0 (a sixth of it)."""
    view = np.full((2 * len(signs) + 1, 1 + len(SIGNS)), 1e-6)
    view[::2, 0] = 1
    for row, sign in zip(view[1::2], signs, strict=True):
        row[COLUMN[sign[0]]] = sure
        row[[COLUMN[other] for other in sign[1:]]] = sure / 6
        row[0] = 0.01
    return view / view.sum(axis=1, keepdims=True)


def test_what_is_plainly_there_is_read():
    first = spell([seen(*"RK755AJ")], ANY)[0]
    assert (first.text, first.plate_format is not None) == ("RK755AJ", True)
    assert first.probability > 0.9


def test_a_format_sets_a_lookalike_right():
    assert spell([seen(*"RK", "8", "9", "6", "A", "0O")], ANY)[0].text == "RK896AO"


def test_an_emblem_at_the_edge_is_left_out_where_a_format_fits_without_it():
    view = seen(*"SRK867AD")
    view[1, COLUMN["S"]], view[1, 0] = 0.8, 0.2
    assert spell([view], ANY)[0].text == "RK867AD"


def test_a_text_of_no_format_is_still_read():
    first = spell([seen(*"08E6CK")], ANY)[0]
    assert (first.text, first.plate_format) == ("08E6CK", None)


def test_formats_of_the_site_weigh_more_than_those_of_the_world():
    ambiguous = seen("A", "B", "1I", "2", "C", "D", "E")
    site = FormatBook(["BR"])
    assert spell([ambiguous], FormatBook(["GB"]))[0].text == "AB12CDE"
    assert spell([seen(*"ABC1234")], site)[0].probability > 0.95


def test_where_all_formats_are_known_another_text_is_less_credible():
    at_home, anywhere = (
        spell([seen(*"08E6CK", sure=0.8)], book) for book in (FormatBook(["BR"]), ANY)
    )
    assert at_home[0].score < anywhere[0].score


def test_views_outvote_one_bad_view():
    good, bad = seen(*"RK755AJ"), seen(*"PK755A")
    assert spell([good, bad, good], ANY)[0].text == "RK755AJ"


def test_views_that_disagree_are_less_certain_than_those_that_agree():
    one, other = seen(*"RK755AJ"), seen(*"RK765AJ")
    assert spell([one, other], ANY)[0].probability < 0.7 < spell([one, one], ANY)[0].probability


@pytest.mark.parametrize("view", [seen("A"), seen(*"AB"), seen(*"ABCDEFGHJKLMNOPQRST"), seen()])
def test_what_is_too_short_or_too_long_for_a_plate_is_none(view):
    assert spell([view], ANY) == []


def test_the_probabilities_of_all_texts_sum_to_at_most_one():
    assert sum(s.probability for s in spell([seen(*"AB12CDE", sure=0.5)], ANY)) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("sign", "stands_for"),
    [
        ("a", "A"),
        ("Ö", "O"),
        ("Ａ", "A"),
        ("В", "B"),
        ("|", "1"),
        ("粤", "粤"),
        ("·", ""),
        ("人", ""),
    ],
)
def test_which_sign_of_a_plate_a_recognisers_sign_stands_for(sign, stands_for):
    assert plate_sign(sign) == stands_for


def test_a_glyph_that_no_plate_carries_counts_for_the_one_it_hid():
    alphabet = Alphabet(["", "粤", "粵", "A", ":"])
    projected = alphabet.project(np.array([[0.02, 0.08, 0.88, 0.01, 0.01]], np.float32))
    assert projected[0, COLUMN["粤"]] > 0.9
    assert projected.sum() == pytest.approx(1, abs=1e-3)


def test_a_mark_that_is_no_sign_counts_as_nothing():
    alphabet = Alphabet(["", "A", ":"])
    projected = alphabet.project(np.array([[0.1, 0.1, 0.8]], np.float32))
    assert projected[0, 0] == pytest.approx(0.9, abs=1e-3)


def test_the_recognisers_own_reading_keeps_every_sign():
    alphabet = Alphabet(["", "A", "b", ":"])
    winners = np.eye(4, dtype=np.float32)[[0, 1, 1, 0, 1, 3, 2, 0]]
    assert alphabet.text(winners) == "AA:b"
