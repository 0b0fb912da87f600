"""The probability of a text, given a recogniser's output for each column of a line.

Connectionist temporal classification (Graves et al., 2006): a labelling
of the columns stands for the text that remains without repetitions and blanks, and a text's
probability is the sum over all its labellings. Many texts are scored on several views at once.
"""

from collections.abc import Sequence

import numpy as np

from devices.vision.alphabet import COLUMN, FIRST_GLYPH, LEAST, without_glyphs

#: Least blank probability of a screw head or a frame beside the text.
EDGE = 0.01


def log_likelihoods(views: Sequence[np.ndarray], texts: Sequence[str]) -> np.ndarray:
    """Return the log-probability of each text in each view: views x texts.

    Args:
        views: projected matrices (`alphabet.Alphabet.project`), T x (1 + signs), T may differ.
        texts: normalised, of signs of the alphabet only, none empty.
    """
    columns = _stacked(views)
    result = np.empty((len(views), len(texts)))
    glyphed = np.array([any(COLUMN[sign] >= FIRST_GLYPH for sign in text) for text in texts])
    for mask, seen in ((glyphed, columns), (~glyphed, without_glyphs(columns))):
        if mask.any():
            chosen = [text for text, wanted in zip(texts, mask, strict=True) if wanted]
            result[:, mask] = _forward(seen, _Labels(chosen))
    return result


def _stacked(views: Sequence[np.ndarray]) -> np.ndarray:
    """Stack views to views x T x (1 + signs); shorter ones are padded with blanks."""
    stacked = np.full((len(views), max(map(len, views)), views[0].shape[1]), LEAST)
    stacked[:, :, 0] = 1
    for row, view in zip(stacked, views, strict=True):
        row[: len(view)] = np.maximum(view, LEAST)
    return stacked


class _Labels:
    """Return texts as rows of states: blank, sign, blank, sign, ..., blank."""

    def __init__(self, texts: Sequence[str]) -> None:
        states = 2 * max(map(len, texts)) + 1
        self.column = np.zeros((len(texts), states), int)
        for row, text in zip(self.column, texts, strict=True):
            row[1 : 2 * len(text) : 2] = [COLUMN[sign] for sign in text]
        self.last = np.array([2 * len(text) for text in texts])
        #: Two different signs may follow one another without a blank; two equal ones may not.
        self.skips = np.zeros((len(texts), states), bool)
        self.skips[:, 3::2] = self.column[:, 3::2] != self.column[:, 1:-2:2]
        self.edge = np.zeros((len(texts), states), bool)
        self.edge[:, 0] = True
        self.edge[np.arange(len(texts)), self.last] = True


def _forward(columns: np.ndarray, labels: _Labels) -> np.ndarray:
    """Run the forward pass, scaled at each step to avoid underflow."""
    emitted = np.moveaxis(columns[:, :, labels.column], 1, 0)  # T x views x texts x states
    emitted = np.where(labels.edge, np.maximum(emitted, EDGE), emitted)
    reached = np.zeros(emitted.shape[1:])
    reached[:, :, :2] = emitted[0, :, :, :2]
    log_scale = np.zeros(emitted.shape[1:3])
    for step in emitted[1:]:
        reached = _advanced(reached, labels.skips) * step
        total = reached.sum(axis=2, keepdims=True) + np.finfo(float).tiny
        reached /= total
        log_scale += np.log(total[:, :, 0])
    rows = np.arange(len(labels.last))
    ended = reached[:, rows, labels.last] + reached[:, rows, labels.last - 1]
    return np.asarray(np.log(ended + np.finfo(float).tiny) + log_scale)


def _advanced(reached: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """One step: stay in a state, come from the one before, or skip the blank between two signs."""
    advanced = reached.copy()
    advanced[:, :, 1:] += reached[:, :, :-1]
    advanced[:, :, 2:] += np.where(skips[:, 2:], reached[:, :, :-2], 0)
    return advanced
