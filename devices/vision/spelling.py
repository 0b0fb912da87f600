"""Combine several views of a line into candidate texts with their probabilities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from devices.vision.alphabet import COLUMN, FIRST_GLYPH, SIGNS, without_glyphs
from devices.vision.ctc import log_likelihoods
from devices.vision.formats import DIGITS, FormatBook, PlateFormat
from devices.vision.formats import SIGNS as SIGNS_OF_PLACE

#: One view's opinion counts for no less than this, so that one bad crop can't outvote the rest.
WORST = -12.0
#: How much less probable a text of no known format is (a logarithm).
UNFORMATTED = -4.0
UNFORMATTED_AT_HOME = -6.0
NO_DIGIT = -2.0
EACH_MISSING, EACH_BEYOND = -2.0, -1.5
SHORTEST, LONGEST = 5, 8

MOST_DROPPED = 2
LEAST_SIGNS, MOST_SIGNS = 3, 14
LEAST_PEAK = 1e-6
#: Readings that the signs themselves make this improbable are not looked at further.
HOPELESS = -16.0
MOST_TEXTS = 40

_COLUMNS = {
    place: np.array([COLUMN[sign] for sign in signs]) for place, signs in SIGNS_OF_PLACE.items()
}


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text that a line may show.

    Attributes:
        text: the text.
        prior: log-weight of its format, or of having none.
        score: log-probability including the prior; comparable between lines.
        probability: beside all other texts of the line, 0 to 1.
        plate_format: the format that it fits, if any.
    """

    text: str
    prior: float
    score: float
    probability: float
    plate_format: PlateFormat | None


def spell(
    views: Sequence[np.ndarray], book: FormatBook, weights: Sequence[float] | None = None
) -> list[Spelling]:
    """Return candidate texts of the line, best first; empty when it shows hardly a sign.

    Each view's signs are read freely, and once for each format that their number fits, a sign or
    two at either end (an emblem, a frame) left out. Then each text found is held against all views.

    Args:
        views: of one line, or of one plate in several photos.
        book: the formats expected.
        weights: how much each view counts; without them all count alike.
    """
    texts = sorted(set().union(*(_texts(view, book) for view in views)))
    if not texts:
        return []
    opinions = np.maximum(log_likelihoods(views, texts), WORST)
    likelihood = np.average(opinions, axis=0, weights=weights)
    formats = [book.of(text) for text in texts]
    prior = np.array([_prior(*pair, book) for pair in zip(texts, formats, strict=True)])
    score = likelihood + prior
    probability = _probabilities(likelihood, score, _unformatted(book))
    return [
        Spelling(texts[i], float(prior[i]), float(score[i]), float(probability[i]), formats[i])
        for i in np.argsort(-score)
    ]


def _prior(text: str, plate_format: PlateFormat | None, book: FormatBook) -> float:
    if plate_format:
        return plate_format.weight
    return (
        _unformatted(book)
        + NO_DIGIT * (not any(sign in DIGITS for sign in text))
        + EACH_MISSING * max(0, SHORTEST - len(text))
        + EACH_BEYOND * max(0, len(text) - LONGEST)
    )


def _unformatted(book: FormatBook) -> float:
    return UNFORMATTED_AT_HOME if book.complete else UNFORMATTED


def _probabilities(likelihood: np.ndarray, score: np.ndarray, unformatted: float) -> np.ndarray:
    """Bayes over the texts found and, as one text of no format, over all that were not."""
    unseen = max(0.0, 1.0 - float(np.exp(likelihood).sum()))
    weight = np.exp(score)
    return np.asarray(weight / (weight.sum() + unseen * np.exp(unformatted)))


def _texts(view: np.ndarray, book: FormatBook) -> set[str]:
    """The likeliest texts of one view, by its signs alone."""
    found: dict[str, float] = {}
    for peaks in _readings(view):
        if LEAST_SIGNS <= len(peaks) <= MOST_SIGNS:
            found["".join(SIGNS[int(peak[1:].argmax())] for peak in peaks)] = 0.0
            found.update(_formatted(peaks, book))
    return set(sorted(found, key=lambda text: -found[text])[:MOST_TEXTS])


def _readings(view: np.ndarray) -> list[np.ndarray]:
    """The peaks as they are and, where a glyph is among them, also as if there were no glyphs."""
    peaks = _peaks(view)
    if any(peak.argmax() >= FIRST_GLYPH for peak in peaks):
        return [peaks, _peaks(without_glyphs(view))]
    return [peaks]


def _peaks(view: np.ndarray) -> np.ndarray:
    """Signs x (1 + signs): for each run of one sign, the most that any column gave each sign."""
    winner = view.argmax(axis=1)
    edges = [0, *(np.flatnonzero(np.diff(winner)) + 1), len(winner)]
    runs = [view[a:b].max(axis=0) for a, b in pairwise(edges) if winner[a]]
    return np.array(runs).reshape(len(runs), view.shape[1])


def _formatted(peaks: np.ndarray, book: FormatBook) -> dict[str, float]:
    """For each choice of signs and each format of that length, the text that suits both best."""
    best = [_best_of_each_place(peak) for peak in peaks]
    found: dict[str, float] = {}
    for kept in _choices(peaks):
        for plate_format in book.of_length(len(kept)):
            pairs = [best[i][place] for i, place in zip(kept, plate_format.signs, strict=True)]
            fit = sum(log_peak for _, log_peak in pairs)
            if fit > HOPELESS:
                text = "".join(sign for sign, _ in pairs)
                found[text] = max(fit, found.get(text, HOPELESS))
    return found


def _best_of_each_place(peak: np.ndarray) -> dict[str, tuple[str, float]]:
    """For each kind of place, the likeliest sign that may stand there, and its logarithm."""
    best = {}
    for place, columns in _COLUMNS.items():
        column = int(columns[peak[columns].argmax()])
        best[place] = SIGNS[column - 1], float(np.log(max(peak[column], LEAST_PEAK)))
    return best


def _choices(peaks: np.ndarray) -> Iterable[list[int]]:
    """Which signs to keep: all but up to two at either end, or all but the faintest."""
    count = len(peaks)
    for left in range(MOST_DROPPED + 1):
        for right in range(MOST_DROPPED + 1):
            yield list(range(left, count - right))
    faintest = int(peaks[:, 1:].max(axis=1).argmin())
    yield [i for i in range(count) if i != faintest]
