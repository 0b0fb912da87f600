"""From a recogniser's thousands of signs to the few that stand on plates."""

import unicodedata
from collections.abc import Sequence
from itertools import permutations

import numpy as np

from core.plates import LOOKALIKES, is_ideograph
from devices.vision.formats import ALPHANUMERIC, GLYPHS

SIGNS = ALPHANUMERIC + GLYPHS
#: Column of each sign in a projected matrix; column 0 is "nothing here", the blank of CTC.
COLUMN = {sign: column for column, sign in enumerate(SIGNS, start=1)}
FIRST_GLYPH = 1 + len(ALPHANUMERIC)
LEAST = 1e-8

#: How often one shape is taken for another: those that only a plate's format can tell apart, and
#: the other look-alikes. A recogniser is far surer of these than it has reason to be.
SAME_SHAPE, SAME_SHAPE_SHARE = ("0O", "1I"), 0.1
LOOKALIKE_SHARE = 0.01

#: How often what looks like a Chinese glyph is an emblem or a screw.
GLYPH_IS_NOTHING = 0.05

#: Greek and Cyrillic capitals of the same shape, and the bar that a worn 1 turns into.
_SAME_SHAPE = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХІЅЈ|",
    "ABEZHIKMNOPTYXABEKMHOPCTYXISJ1",
)


class Alphabet:
    """Projects what a recogniser gives for each column of a line onto the signs of plates."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Learn the recogniser's own signs, in its order, the CTC blank first."""
        found = [(index, plate_sign(sign)) for index, sign in enumerate(vocabulary)]
        kept = [(index, COLUMN[sign] - 1) for index, sign in found if sign]
        self._vocabulary = list(vocabulary)
        self._kept = np.array([index for index, _ in kept])
        self._onto = _taken_for()[[column for _, column in kept]]
        self._stray = np.array(
            [not sign and _is_glyph(vocabulary[index]) for index, sign in found], np.float32
        )

    def text(self, probabilities: np.ndarray) -> str:
        """The reading of a T x vocabulary matrix in the recogniser's own signs."""
        winner = probabilities.argmax(axis=1)
        changed = np.append(True, winner[1:] != winner[:-1])
        return "".join(self._vocabulary[i] for i in winner[changed & (winner > 0)]).strip()

    def project(self, probabilities: np.ndarray) -> np.ndarray:
        """T x vocabulary to T x (1 + signs), each row summing to 1.

        What is no sign of a plate (a coat of arms read as a colon) counts as nothing; a Chinese
        glyph that no plate carries counts for those that it stood in the way of, in proportion.
        """
        signs = probabilities[:, self._kept] @ self._onto
        glyphs = signs[:, FIRST_GLYPH - 1 :]
        strays = (probabilities @ self._stray)[:, None]
        glyphs *= 1 + strays / np.maximum(glyphs.sum(axis=1, keepdims=True), LEAST)
        nothing = np.clip(1 - signs.sum(axis=1, keepdims=True), LEAST, 1)
        return np.concatenate([nothing, signs], axis=1)


def without_glyphs(projected: np.ndarray) -> np.ndarray:
    """The same, for a text in letters and digits only: a glyph may, seldom, have been nothing."""
    latin = projected.copy()
    latin[..., 0] += GLYPH_IS_NOTHING * latin[..., FIRST_GLYPH:].sum(axis=-1)
    latin[..., FIRST_GLYPH:] = LEAST
    return latin


def plate_sign(sign: str) -> str:
    """The sign of a plate that the recogniser's sign stands for, or nothing."""
    if sign in COLUMN:
        return sign
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", sign).upper())[:1]
    plain = plain.translate(_SAME_SHAPE)
    return plain if plain in COLUMN else ""


def _taken_for() -> np.ndarray:
    """Signs x signs: how much of what was read as the one counts for the other; rows sum to 1."""
    shares = np.zeros((len(SIGNS), len(SIGNS)), np.float32)
    for groups, share in ((LOOKALIKES, LOOKALIKE_SHARE), (SAME_SHAPE, SAME_SHAPE_SHARE)):
        for one, other in (pair for group in groups for pair in permutations(group, 2)):
            shares[COLUMN[one] - 1, COLUMN[other] - 1] = share
    np.fill_diagonal(shares, 1 - shares.sum(axis=1))
    return shares


def _is_glyph(sign: str) -> bool:
    return len(sign) == 1 and is_ideograph(sign)
