"""The probability of a text, held against counting every labelling by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.vision.alphabet import COLUMN, SIGNS
from devices.vision.ctc import EDGE, log_likelihoods

FEW = "A8粤"


def view_of(rows: list[list[float]]) -> np.ndarray:
    """Columns that show a blank, A, 8 or the glyph of Guangdong with these weights."""
    view = np.full((len(rows), 1 + len(SIGNS)), 1e-8)
    weights = np.array(rows)
    view[:, [0, *(COLUMN[sign] for sign in FEW)]] = weights / weights.sum(axis=1, keepdims=True)
    return view


def collapsed(path: tuple[int, ...]) -> str:
    kept = [sign for i, sign in enumerate(path) if sign and (i == 0 or path[i - 1] != sign)]
    return "".join(SIGNS[sign - 1] for sign in kept)


def counted(view: np.ndarray, text: str) -> float:
    """The sum over every labelling that collapses to the text, edges as the module has them."""
    symbols = [0, *(COLUMN[sign] for sign in FEW)]
    total = 0.0
    for path in product(symbols, repeat=len(view)):
        if collapsed(path) != text:
            continue
        inside = [i for i, sign in enumerate(path) if sign]
        chances = [
            max(view[i, 0], EDGE) if not sign and not inside[0] < i < inside[-1] else view[i, sign]
            for i, sign in enumerate(path)
        ]
        total += float(np.prod(chances))
    return total


weights = st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4)
views = st.lists(weights, min_size=1, max_size=5).map(view_of)


@settings(max_examples=60, deadline=None)
@given(views, st.sampled_from(["粤", "粤A", "粤A8", "8粤", "粤粤"]))
def test_a_text_is_as_probable_as_all_its_labellings_together(view, text):
    expected = counted(view, text)
    found = float(np.exp(log_likelihoods([view], [text])[0, 0]))
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_a_doubled_sign_needs_a_gap_between():
    joined = view_of([[0.01, 1, 0.01, 0.01]] * 3)
    gapped = view_of([[0.01, 1, 0.01, 0.01], [1, 0.01, 0.01, 0.01], [0.01, 1, 0.01, 0.01]])
    once, twice = log_likelihoods([joined, gapped], ["A", "AA"]).T
    assert once[0] > twice[0]
    assert twice[1] > once[1]


def test_texts_of_any_length_are_judged_together_as_they_are_alone():
    view = view_of([[0.2, 1, 0.1, 0.3], [0.5, 0.1, 1, 0.1], [0.3, 0.2, 0.9, 1], [1, 0.1, 0.1, 0.1]])
    texts = ["A", "A8粤", "8", "粤", "A8"]
    together = log_likelihoods([view, view[:3]], texts)
    alone = [[log_likelihoods([v], [t])[0, 0] for t in texts] for v in (view, view[:3])]
    assert together == pytest.approx(np.array(alone), rel=1e-3)


def test_a_text_in_letters_must_explain_a_glyph_away():
    view = view_of([[0.01, 0.01, 0.01, 1], [0.01, 1, 0.01, 0.01]])
    with_glyph, without = log_likelihoods([view], ["粤A", "A"])[0]
    assert with_glyph > without + 2
