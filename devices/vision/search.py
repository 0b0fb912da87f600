"""The search for plates in a photo, independent of the text engine.

1. The whole frame, scaled down: every line that may be a plate, one crop of each.
2. The most promising: more crops with other margins, and a vote.
3. When that leaves doubt: the same places located again, enlarged; more crops, the same vote.
4. When there is still no plate: the whole frame again, larger and with its contrast evened out.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import exp, log
from typing import Protocol

import numpy as np

from core.plates import PROVINCES, is_plausible, normalise
from devices.vision.box import Box
from devices.vision.colour import ground_colour
from devices.vision.engine_files import MissingEngine
from devices.vision.formats import FormatBook
from devices.vision.lines import Line, crop, legible, lines_in
from devices.vision.parts import Part, evened_out, resized, surroundings, within
from devices.vision.photo import Photo
from devices.vision.plates import PlateCandidate
from devices.vision.province import Recogniser, province_views
from devices.vision.region import WHOLE, Region
from devices.vision.second_opinion import SecondReader, can_judge, compare
from devices.vision.spelling import Spelling, spell
from devices.vision.writings import View, Writing, pairs

logger = logging.getLogger(__name__)

FIRST_LOOK_PIXELS, SECOND_LOOK_PIXELS = 600_000, 1_600_000
MOST_ENLARGED = 2.0
MOST_LINES = 14

#: Margins of a crop beside and above the text, in its heights.
FIRST_MARGINS = ((0.1, -0.05),)
VOTING_MARGINS = ((0.15, 0.08),)
CLOSER_MARGINS = ((0.1, -0.05), (0.15, 0.08))
PROMISING = 3
#: What ranks so far behind the best, and is this improbable as a plate, is looked at once only.
FAR_BEHIND, LEAST_SETTLED = 3.0, 0.05
#: The best reading is looked at closer below the first, and the frame searched again below this.
SETTLED, DOUBTFUL = 0.96, 0.75

CLOSER_HEIGHT, CLOSER_LONGEST = 56, 900
CLOSER_BESIDE, CLOSER_ABOVE = 2.0, 1.5

#: Of two plates the nearer, hence larger, is meant: its height counts beside the frame's.
SIZE_WEIGHT, USUAL_SIZE, MOST_FOR_SIZE = 0.7, 0.05, 1.0

#: Log-weight of "no plate at all", comparable to the formats' weights.
NO_PLATE = -5.0
#: The views of one plate err together less often than is assumed in judging them: over photos
#: (`benchmarks/plates.py`) readings were right with about so many times the odds given for them.
ODDS = 3.0
LEAST_CONFIDENCE = 0.1
MOST_CANDIDATES = 5


#: A line with its margins beside and above, and whether the photo's contrast was evened out.
_Look = tuple[Line, float, float, bool]


class TextEngine(Recogniser, Protocol):
    """Finds and recognises text, whether or not it is a plate."""

    def detect(self, pixels: np.ndarray) -> np.ndarray:
        """How much each pixel belongs to the core of a line of text: height x width, 0 to 1.

        `pixels` is any height x width x 3, uint8, blue-green-red.
        """
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A writing with its likeliest spelling and how it ranks among the photo's others."""

    writing: Writing
    spelling: Spelling
    rank: float
    is_confirmed: bool | None = None

    @property
    def confidence(self) -> float:
        """That the text is right, and is a plate at all."""
        is_plate = 1 / (1 + exp(NO_PLATE - self.spelling.prior))
        assumed = self.spelling.probability * is_plate
        return ODDS * assumed / (1 + (ODDS - 1) * assumed)

    @property
    def settled(self) -> float:
        """The confidence where a known format fits, else 0."""
        return self.confidence if self.spelling.plate_format else 0.0


class Search:
    """One photo being searched by one engine for the plates of one book of formats.

    Lines are located in the rectangle around the region only; they are in the photo's pixels, and
    a plate that reaches beyond the rectangle is read whole.
    """

    def __init__(
        self,
        photo: Photo,
        engine: TextEngine,
        book: FormatBook,
        region: Region = WHOLE,
        second: SecondReader | None = None,
    ) -> None:
        self._photo = photo
        self._second = second
        self._engine = engine
        self._book = book
        self._region = region
        self._part = region.bounds(photo.width, photo.height)
        self._seen: dict[_Look, View] = {}

    def candidates(self) -> list[PlateCandidate]:
        """The plates found, best first."""
        kept = [one for one in self.found() if one.confidence >= LEAST_CONFIDENCE]
        return [self.candidate(one) for one in kept[:MOST_CANDIDATES]]

    def found(self) -> list[Judged]:
        """What may be a plate, best first, one for each place, however improbable."""
        pixels = self._photo.pixels
        # A region is looked at first at the scale of the whole photo, and so costs its share of it.
        judged = self._vote(pixels, self._look(pixels, FIRST_LOOK_PIXELS * self._share, 1.0))
        if _best(judged) < SETTLED:
            judged = self._with_provinces(pixels, self._closer(pixels, judged))
        if _best(judged) < DOUBTFUL:
            evened = evened_out(pixels)
            again = self._vote(evened, self._look(evened, SECOND_LOOK_PIXELS, MOST_ENLARGED))
            judged = _ranked([*judged, *self._with_provinces(pixels, again)])
        return _apart(judged)

    @property
    def _share(self) -> float:
        """The searched part of the photo's area."""
        left, top, right, bottom = self._part
        return (right - left) * (bottom - top) / (self._photo.width * self._photo.height)

    def _look(self, pixels: np.ndarray, area: float, most_enlarged: float) -> list[Judged]:
        """Find the lines of the frame, scaled to an area in pixels, with one view of each."""
        return self._read(pixels, self._located(pixels, self._scale(area, most_enlarged)))

    def _scale(self, area: float, most_enlarged: float) -> float:
        """Return what scales the searched part to an area in pixels."""
        left, top, right, bottom = self._part
        return min(most_enlarged, float((area / ((right - left) * (bottom - top))) ** 0.5))

    def _located(self, pixels: np.ndarray, scale: float) -> list[Writing]:
        """Find the lines of the frame at a scale, the highest first."""
        lines = sorted(self._lines_in(pixels, self._part, scale), key=lambda line: -line.height)
        found = [Writing((line,)) for line in self._completed(pixels, lines, scale)]
        # A line outside the region may be half of a plate in it, so it comes last, but comes.
        return sorted(found, key=self._is_meant, reverse=True)[:MOST_LINES]

    def _read(self, pixels: np.ndarray, writings: Sequence[Writing]) -> list[Judged]:
        """Judge lines, and pairs of them, by one view of each."""
        self._view(pixels, writings, FIRST_MARGINS)
        plates = [one for one in writings if not one.is_clock()]
        return self._judged(filter(self._is_meant, [*plates, *pairs(plates)]))

    def _completed(self, pixels: np.ndarray, lines: list[Line], scale: float) -> Iterable[Line]:
        """The lines; those that the edge of the searched part cuts off are located whole."""
        cut_off = [line for line in lines if self._is_cut_off(line)]
        yield from (line for line in lines if line not in cut_off)
        for line in cut_off[:PROMISING]:
            yield from self._relocated(pixels, line, line.width + line.height, scale)

    def _is_cut_off(self, line: Line) -> bool:
        """Whether it reaches beyond an edge of the searched part that is inside the photo."""
        left, top, right, bottom = within(line.bounds(), self._photo.width, self._photo.height)
        return (
            left < self._part[0]
            or top < self._part[1]
            or right > self._part[2]
            or bottom > self._part[3]
        )

    def _is_meant(self, writing: Writing) -> bool:
        """Whether it stands in the region and is large enough."""
        box = self._box(writing)
        return self._region.holds(box, *self._photo.sent_size)

    def _vote(self, pixels: np.ndarray, judged: list[Judged]) -> list[Judged]:
        """Add views of the best candidates and judge them by all of their views."""
        first, rest = _promising(judged)
        writings = [one.writing for one in first]
        self._view(pixels, writings, VOTING_MARGINS)
        return _ranked([*self._judged(writings), *rest])

    def _closer(self, pixels: np.ndarray, judged: list[Judged]) -> list[Judged]:
        """Search an enlarged part of the frame for the best candidates, and judge them again."""
        first, rest = _promising(judged)
        for one in first:
            for line in self._relocate(pixels, one.writing):
                anew = Writing((line,))
                self._view(pixels, [anew], CLOSER_MARGINS)
                one.writing.views.extend(anew.views)
        return _ranked([*self._judged([one.writing for one in first]), *rest])

    def _with_provinces(self, pixels: np.ndarray, judged: list[Judged]) -> list[Judged]:
        """Read the provinces of the best candidates again, and judge them by these views too."""
        first, rest = judged[:PROMISING], judged[PROMISING:]
        for one in first:
            text = one.spelling.text
            views = province_views(pixels, self._engine, one.writing, text, self._book)
            one.writing.views[:] = views
        return _ranked([*self._judged([one.writing for one in first]), *rest])

    def _relocate(self, pixels: np.ndarray, writing: Writing) -> list[Line]:
        """The line that an enlarged part of the frame shows where the single line was seen."""
        if len(writing.lines) > 1:
            return []
        line = writing.lines[0]
        return self._relocated(
            pixels, line, CLOSER_BESIDE * line.height, CLOSER_HEIGHT / line.height
        )

    def _relocated(self, pixels: np.ndarray, line: Line, beside: float, scale: float) -> list[Line]:
        """The line that the part of the frame around a line shows in its place, at a scale."""
        part = surroundings(line, beside, CLOSER_ABOVE * line.height, pixels.shape)
        longest = max(part[2] - part[0], part[3] - part[1])
        anew = self._lines_in(pixels, part, min(scale, CLOSER_LONGEST / longest))
        same = [found for found in anew if found.covers(line)]
        return sorted(same, key=lambda found: -found.width)[:1]

    def _lines_in(self, pixels: np.ndarray, part: Part, scale: float) -> list[Line]:
        """The legible lines of a part of a photo, scaled for the detector, in all its pixels."""
        left, top, right, bottom = part
        width, height = right - left, bottom - top
        size = max(1, round(width * scale)), max(1, round(height * scale))
        found = lines_in(self._engine.detect(resized(pixels[top:bottom, left:right], size)))
        in_full = (small.moved(width / size[0], left, top) for small in found)
        return [line for line in in_full if legible(line)]

    def _view(
        self,
        pixels: np.ndarray,
        writings: Sequence[Writing],
        margins: Iterable[tuple[float, float]],
    ) -> None:
        """Add a view for each margin to each writing; a line of several is looked at once."""
        evened = pixels is not self._photo.pixels
        wanted = [(w, margin) for w in writings for margin in margins]
        looks = dict.fromkeys((line, *margin, evened) for w, margin in wanted for line in w.lines)
        new = [look for look in looks if look not in self._seen]
        views = self._engine.recognise([crop(pixels, *look[:3]) for look in new])
        self._seen.update(zip(new, views, strict=True))
        for writing, margin in wanted:
            views = [self._seen[line, *margin, evened] for line in writing.lines]
            writing.views.append(reduce(View.then, views))

    def _judged(self, writings: Iterable[Writing]) -> list[Judged]:
        judged = []
        for writing in writings:
            spellings = spell([view.columns for view in writing.views], self._book)
            if spellings and (spellings[0].plate_format or len(writing.lines) == 1):
                rank = spellings[0].score + self._for_size(writing)
                judged.append(Judged(writing, spellings[0], rank))
        return _ranked(judged)

    def _compared(self, judged: Judged) -> Judged:
        """Ask the second engine for its opinion, where there is one that knows such plates."""
        second, writing = self._second, judged.writing
        if second is None or not can_judge(second, judged.spelling, self._book):
            return judged
        try:
            crops = [crop(self._photo.pixels, line, *second.margin) for line in writing.lines]
            seen = reduce(View.then, second.recognise(crops))
        except MissingEngine:
            return replace(judged, is_confirmed=False)
        except Exception:
            # A reading without the opinion that the operator asks for is one for the guard.
            logger.exception("second plate reader failed")
            return replace(judged, is_confirmed=False)
        found = compare(second, judged.spelling, writing.views, seen, self._book)
        return replace(judged, spelling=found.spelling, is_confirmed=found.agrees)

    def _for_size(self, writing: Writing) -> float:
        share = writing.height / self._photo.height
        return min(MOST_FOR_SIZE, SIZE_WEIGHT * log(share / USUAL_SIZE))

    def candidate(self, judged: Judged) -> PlateCandidate:
        """One of those found, as a candidate."""
        judged = self._compared(judged)
        spelling, writing = judged.spelling, judged.writing
        plate_format = spelling.plate_format
        return PlateCandidate(
            text=spelling.text,
            raw_text=writing.views[0].text,
            raw_texts=tuple(dict.fromkeys(self.raw_texts(judged))),
            confidence=judged.confidence,
            box=self._box(writing),
            countries=plate_format.countries if plate_format else (),
            format_name=plate_format.name if plate_format else "",
            colour=ground_colour(crop(self._photo.pixels, writing.lines[-1])),
            is_confirmed=judged.is_confirmed,
        )

    def raw_texts(self, judged: Judged) -> Iterable[str]:
        """What the recogniser read; a province that it did not is looked for again."""
        writing, text = judged.writing, judged.spelling.text
        yield from (view.text for view in writing.views)
        seen = normalise("".join(view.text for view in writing.views))
        if text[0] in PROVINCES and text[0] not in seen:
            again = province_views(self._photo.pixels, self._engine, writing, text, self._book)
            yield from (view.text for view in again if text[0] in normalise(view.text))

    def _box(self, writing: Writing) -> Box:
        """The writing's bounds in the pixels of the photo as sent, within it."""
        height, width = self._photo.height, self._photo.width
        left, top, right, bottom = within(writing.bounds(), width, height)
        scale = self._photo.scale
        corner = round(left * scale), round(top * scale)
        return Box(*corner, round((right - left) * scale), round((bottom - top) * scale))


def _ranked(judged: Iterable[Judged]) -> list[Judged]:
    return sorted(judged, key=lambda one: -one.rank)


def _promising(judged: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Those that further views may make the reading, or a second plate; and all others."""
    first = [one for one in judged[:PROMISING] if _is_promising(one, judged[0])]
    return first, [one for one in judged if not any(one is each for each in first)]


def _is_promising(one: Judged, best: Judged) -> bool:
    return one.rank > best.rank - FAR_BEHIND or one.settled >= LEAST_SETTLED


def _best(judged: Sequence[Judged]) -> float:
    """How settled the best reading is."""
    return judged[0].settled if judged else 0.0


def _apart(judged: Iterable[Judged]) -> list[Judged]:
    """The best judgement of each place: none that touches a better one."""
    kept: list[Judged] = []
    for one in judged:
        plausible = is_plausible(one.spelling.text)
        if plausible and not any(one.writing.touches(other.writing) for other in kept):
            kept.append(one)
    return kept
