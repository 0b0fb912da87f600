"""Project a recogniser's thousands of characters onto the few that plates have."""

import unicodedata
from collections.abc import Sequence
from itertools import permutations

import numpy as np

from core.plates import LOOKALIKES, TRADITIONAL, is_ideograph
from devices.vision.formats import ALPHANUMERIC, GLYPHS

SIGNS = ALPHANUMERIC + GLYPHS
#: Column of each sign in a projected matrix; column 0 is the blank of CTC.
COLUMN = {sign: column for column, sign in enumerate(SIGNS, start=1)}
FIRST_GLYPH = 1 + len(ALPHANUMERIC)
LEAST = 1e-8

#: Confusion rates of look-alikes: those that only a plate's format can separate, and the others.
#: A recogniser's own confidence in these is far too high.
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
    """Projects a recogniser's output for each column of a line onto the signs of plates."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Build the projection from the recogniser's signs, in its order, the CTC blank first."""
        found = [(index, plate_sign(sign)) for index, sign in enumerate(vocabulary)]
        kept = [(index, COLUMN[sign] - 1) for index, sign in found if sign]
        self._vocabulary = list(vocabulary)
        self._kept = np.array([index for index, _ in kept])
        self._onto = _confusion_matrix()[[column for _, column in kept]]
        self._stray = np.array(
            [not sign and _is_glyph(vocabulary[index]) for index, sign in found], np.float32
        )

    def text(self, probabilities: np.ndarray) -> str:
        """Decode a T x vocabulary matrix into the recogniser's own signs."""
        winner = probabilities.argmax(axis=1)
        changed = np.append(True, winner[1:] != winner[:-1])
        return "".join(self._vocabulary[i] for i in winner[changed & (winner > 0)]).strip()

    def project(self, probabilities: np.ndarray) -> np.ndarray:
        """T x vocabulary to T x (1 + signs), each row summing to 1.

        What is no sign of a plate (a coat of arms read as a colon) counts as nothing; a Chinese
        glyph that no plate carries counts for those that it stood in the way of, in proportion.
        """
        # Not by matrix products: for so few numbers the threads of BLAS cost more than they save.
        signs = np.einsum("tk,ks->ts", probabilities[:, self._kept], self._onto)
        glyphs = signs[:, FIRST_GLYPH - 1 :]
        strays = np.einsum("tv,v->t", probabilities, self._stray)[:, None]
        glyphs *= 1 + strays / np.maximum(glyphs.sum(axis=1, keepdims=True), LEAST)
        nothing = np.clip(1 - signs.sum(axis=1, keepdims=True), LEAST, 1)
        return np.concatenate([nothing, signs], axis=1)


def without_glyphs(projected: np.ndarray) -> np.ndarray:
    """Return the same for texts in letters and digits only: a glyph is seldom a false detection."""
    latin = projected.copy()
    latin[..., 0] += GLYPH_IS_NOTHING * latin[..., FIRST_GLYPH:].sum(axis=-1)
    latin[..., FIRST_GLYPH:] = LEAST
    return latin


def plate_sign(sign: str) -> str:
    """Return the sign of a plate that a recogniser's sign represents, or an empty text."""
    if (glyph := sign.translate(TRADITIONAL)) in COLUMN:
        return glyph
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", sign).upper())[:1]
    plain = plain.translate(_SAME_SHAPE)
    return plain if plain in COLUMN else ""


def _confusion_matrix() -> np.ndarray:
    """Return signs x signs: the share of readings of one that counts for another; rows sum to 1."""
    shares = np.zeros((len(SIGNS), len(SIGNS)), np.float32)
    for groups, share in ((LOOKALIKES, LOOKALIKE_SHARE), (SAME_SHAPE, SAME_SHAPE_SHARE)):
        for one, other in (pair for group in groups for pair in permutations(group, 2)):
            shares[COLUMN[one] - 1, COLUMN[other] - 1] = share
    np.fill_diagonal(shares, 1 - shares.sum(axis=1))
    return shares


def _is_glyph(sign: str) -> bool:
    return len(sign) == 1 and is_ideograph(sign)
