"""Read the province of a Chinese plate again, from a crop in which its glyph is square.

The signs of a plate are half as wide as high (GA 36-2018: 45 by 90 mm), and recognisers learnt
Chinese writing from square glyphs: a province is the sign that they misread first, or take for a
letter, or for nothing. So the line is read once more, stretched, and the part of it that holds the
province and the letter after it by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, pairwise
from math import cos, radians, sin
from operator import eq
from typing import Protocol

import cv2
import numpy as np

from core.plates import PROVINCES, fold, is_ideograph
from devices.vision.alphabet import COLUMN, LEAST, SIGNS
from devices.vision.formats import GLYPHS, FormatBook
from devices.vision.lines import Line, crop
from devices.vision.writings import View, Writing

#: How much wider a crop is made, so that a sign is square.
STRETCH = 2.0
#: How much further to the left of a line the province may be, and which margins a crop has beside
#: and above the text, in heights of the line.
WIDTH = 0.8
MARGINS = (0.25, -0.05)
#: From the letter's middle to the last sign's there are the pitches of the signs, and the dot.
DOT = 0.4
#: The crops with the province and the letter: from and to, in pitches from the letter's middle.
PARTS = ((-1.65, 0.55), (-1.9, 0.55), (-1.65, 1.0), (-1.9, 1.0))
#: So many signs at the left of a text may be what the province was taken for.
MOST_MISREAD = 2
#: A row of signs is the rest of the plate where all but so many are read alike.
MOST_DIFFERENT = 1
#: How surely a province is there where the rest is, and that it may be any, whatever is read.
LEAST_SHOWN, ANY = 0.8, 0.3
_ANY_PROVINCE = PROVINCES[0]
_COLUMNS = np.array([COLUMN[sign] for sign in PROVINCES])


class Recogniser(Protocol):
    """Reads crops."""

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        """Return what each crop of 48 pixels' height shows."""
        ...


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign and the columns of a view that show it."""

    start: int
    end: int
    text: str

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def province_views(
    pixels: np.ndarray, engine: Recogniser, writing: Writing, text: str, book: FormatBook
) -> list[View]:
    """Return views of a Chinese plate that show its province well, in place of its own views.

    Args:
        pixels: of the photo, height x width x 3.
        engine: reads the crops.
        writing: the plate. Of two rows the signs are wider: none of these is read again.
        text: how the plate is spelled so far, with a province or without.
        book: the formats expected. Where it has no Chinese ones, the views are the plate's own.
    """
    rests = list(_rests(text, book))
    if not rests or len(writing.lines) > 1:
        return writing.views
    line = writing.lines[0].widened_left(WIDTH)
    (whole,) = engine.recognise([_stretched(pixels, line, *MARGINS)])
    signs = _signs(whole.columns)
    place = _place(signs, rests)
    if place is None:
        return writing.views
    # All engines divide a crop into columns of one width.
    column = (line.width + 2 * MARGINS[0] * line.height) / len(whole.columns)
    parts = _parts(line, signs[place], column)
    seen = engine.recognise([_stretched(pixels, part, 0.0, MARGINS[1]) for part in parts])
    return list(_joined(seen, [whole, *writing.views], rests))


def _joined(
    provinces: Sequence[View], views: Sequence[View], rests: Sequence[str]
) -> Iterable[View]:
    """The views with a crop of the province instead of what they show left of the letter."""
    for view, seen in zip(views, cycle(provinces), strict=False):
        signs = _signs(view.columns)
        place = _place(signs, rests)
        if place is not None:
            glyphs = "".join(filter(is_ideograph, seen.text))
            rest = view.text.lstrip(GLYPHS)
            after = View(view.columns[signs[place.start].start :], rest)
            yield View(_provinces_only(seen.columns), glyphs).then(after)


def _rests(text: str, book: FormatBook) -> Iterable[str]:
    """What may follow the province, if anything; the first signs may be its misreading."""
    if "CN" not in book.countries:
        return
    for misread in range(MOST_MISREAD + 1):
        if book.of(_ANY_PROVINCE + text[misread:]):
            yield text[misread:]


def _signs(columns: np.ndarray) -> list[_Sign]:
    winner = columns.argmax(axis=1)
    edges = [0, *(np.flatnonzero(np.diff(winner)) + 1), len(winner)]
    return [_Sign(a, b, SIGNS[winner[a] - 1]) for a, b in pairwise(edges) if winner[a]]


def _place(signs: Sequence[_Sign], rests: Iterable[str]) -> slice | None:
    """Where among the signs of a view the rest of a plate stands, if it does."""
    seen = [fold(sign.text) for sign in signs]
    found = [
        (sum(map(eq, seen[first:], fold(rest))) - len(rest), first, first + len(rest))
        for rest in rests
        for first in range(len(signs) - len(rest) + 1)
    ]
    less, first, end = max(found, default=(-len(signs), 0, 0))
    return slice(first, end) if -less <= MOST_DIFFERENT and end else None


def _parts(line: Line, rest: Sequence[_Sign], column: float) -> list[Line]:
    """The parts of a line with the province and the letter, by where the rest stands."""
    letter = rest[0].middle * column
    pitch = (rest[-1].middle * column - letter) / (len(rest) - 1 + DOT)
    edge = line.width / 2 + MARGINS[0] * line.height
    return [
        _part(line, letter + start * pitch - edge, letter + end * pitch - edge)
        for start, end in PARTS
    ]


def _part(line: Line, left: float, right: float) -> Line:
    """The part of a line between two distances from its middle."""
    turn, middle = radians(line.angle), (left + right) / 2
    x, y = line.x + cos(turn) * middle, line.y + sin(turn) * middle
    return replace(line, x=x, y=y, width=right - left)


def _stretched(pixels: np.ndarray, line: Line, beside: float, above: float) -> np.ndarray:
    level = crop(pixels, line, beside, above)
    size = round(level.shape[1] * STRETCH), level.shape[0]
    return cv2.resize(level, size, interpolation=cv2.INTER_CUBIC)


def _provinces_only(columns: np.ndarray) -> np.ndarray:
    """The same where a province is shown, and anything else counts as nothing.

    The rest of the plate was read, so there is one, however faint.
    """
    kept = np.full_like(columns, LEAST)
    kept[:, _COLUMNS] = columns[:, _COLUMNS]
    total = kept[:, _COLUMNS].sum(axis=1)
    clearest = total.argmax()
    shares = kept[clearest, _COLUMNS] / total[clearest]
    shares = (1 - ANY) * shares + ANY / len(_COLUMNS)
    kept[clearest, _COLUMNS] = shares * max(total[clearest], LEAST_SHOWN)
    kept[:, 0] = np.clip(1 - kept[:, 1:].sum(axis=1), LEAST, 1)
    return kept
