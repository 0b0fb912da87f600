"""Lines that make up one plate: mostly one, sometimes two beside or above one another."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from devices.vision.alphabet import LEAST
from devices.vision.lines import Line

#: Two lines beside one another: of alike height, level, and no further apart than this (heights).
ALIKE, LEVEL, NEAR = 0.7, 0.4, 2.2
#: Two lines above one another, as on lorries and motorcycles: the upper is no wider and centred.
CENTRED, STACKED_GAP, UPPER_LEAST = 0.25, 0.8, 0.4


#: A clock or a date, as cameras write it into their photos.
TIME = re.compile(r"^\d\d:\d\d|\d[:.]\d\d[:.]\d\d|\d{4}[-/.年]\d\d?[-/.月]\d\d?")


@dataclass(frozen=True, slots=True)
class View:
    """A recogniser's output for one crop.

    Attributes:
        columns: the projected matrix (`alphabet.Alphabet.project`), T x (1 + signs).
        text: the recogniser's own reading, in all its signs.
    """

    columns: np.ndarray
    text: str

    def then(self, other: "View") -> "View":
        """Join the views of two lines into one."""
        gap = np.full((1, self.columns.shape[1]), LEAST)
        gap[0, 0] = 1
        columns = np.concatenate([self.columns, gap, other.columns])
        return View(columns, self.text + other.text)


@dataclass(slots=True)
class Writing:
    """A candidate plate: its lines in reading order, and all views of them so far.

    Attributes:
        lines: one or two, in the photo's pixels.
        views: one for each crop so far.
    """

    lines: tuple[Line, ...]
    views: list[View] = field(default_factory=list)

    @property
    def height(self) -> float:
        """Of its highest line, in pixels."""
        return max(line.height for line in self.lines)

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the upright rectangle around it."""
        left, top, right, bottom = zip(*(line.bounds() for line in self.lines), strict=True)
        return min(left), min(top), max(right), max(bottom)

    def is_clock(self) -> bool:
        """Whether it is a camera's clock rather than a plate."""
        return any(TIME.search(view.text) for view in self.views)

    def touches(self, other: "Writing") -> bool:
        """Whether the two overlap."""
        return any(one.covers(two) for one in self.lines for two in other.lines)


def pairs(writings: Sequence[Writing]) -> Iterable[Writing]:
    """The writings of two lines that single ones may be the halves of."""
    for one, two in permutations(writings, 2):
        first, second = one.lines[0], two.lines[0]
        if _beside(first, second) or _above(first, second):
            views = [v.then(w) for v, w in zip(one.views, two.views, strict=True)]
            yield Writing((first, second), views)


def _beside(left: Line, right: Line) -> bool:
    height = max(left.height, right.height)
    gap = (right.x - right.width / 2) - (left.x + left.width / 2)
    return (
        min(left.height, right.height) > ALIKE * height
        and abs(left.y - right.y) < LEVEL * height
        and -LEVEL * height < gap < NEAR * height
    )


def _above(upper: Line, lower: Line) -> bool:
    gap = (lower.y - lower.height / 2) - (upper.y + upper.height / 2)
    return (
        UPPER_LEAST * lower.height < upper.height < 1.2 * lower.height
        and upper.width <= 1.1 * lower.width
        and abs(upper.x - lower.x) < CENTRED * lower.width
        and -LEVEL * lower.height < gap < STACKED_GAP * lower.height
    )
