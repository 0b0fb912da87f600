"""Vote several frames of one car into one reading.

A frame alone may be blurred or have a reflection on it. What its neighbours show of the same plate
is laid beside it: the views of all frames are judged together, so that one text must explain them
all. A frame counts by how sure its own reading is, so a blurred one spoils no sharp one, and one
that shows nothing has no vote. The average is taken, not the product: frames that are alike (a car
that stands) make a reading no surer than one of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from core.plates import fold, is_plausible
from devices.vision.formats import FormatBook
from devices.vision.plates import PlateCandidate
from devices.vision.search import LEAST_CONFIDENCE, MOST_CANDIDATES, Judged, Search
from devices.vision.spelling import Spelling, spell

#: Readings of one plate differ by so many signs at most, look-alikes not counted.
MOST_DIFFERENT = 2
#: From here on two readings that differ are of two cars: no frame is that sure of a wrong text.
SURE = 0.95
LEAST_CHANCE, MOST_CHANCE = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one frame shows at one place."""

    frame: int
    search: Search
    judged: Judged

    @property
    def text(self) -> str:
        return fold(self.judged.spelling.text)


def vote(searches: Sequence[Search], book: FormatBook) -> list[PlateCandidate]:
    """Return the candidates of several frames of one car, best first.

    Each has the box, the colour and the index of the frame that shows it best, and the raw readings
    of all frames that show it.

    Args:
        searches: one for each frame.
        book: the formats expected, as those of the searches.
    """
    seen = [
        _Seen(frame, search, judged)
        for frame, search in enumerate(searches)
        for judged in search.found()
    ]
    voted = [found for group in _groups(seen) if (found := _voted(group, book))]
    ranked = sorted(voted, key=lambda pair: -pair[0])
    return [candidate for _, candidate in ranked[:MOST_CANDIDATES]]


def distance(one: str, other: str) -> int:
    """Return how many signs must be changed, added or left out to turn one text into the other."""
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, start=1):
        above, row[0] = row[0], i
        for j, target in enumerate(other, start=1):
            cost = min(row[j] + 1, row[j - 1] + 1, above + (sign != target))
            above, row[j] = row[j], cost
    return row[-1]


def _groups(seen: Iterable[_Seen]) -> list[list[_Seen]]:
    """Divide what all frames show by plate: at most one place of each frame, the best first."""
    groups: list[list[_Seen]] = []
    for one in sorted(seen, key=lambda each: -each.judged.rank):
        for group in groups:
            if all(one.frame != each.frame for each in group) and _is_same(group, one):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _is_same(group: Sequence[_Seen], one: _Seen) -> bool:
    """Whether a frame shows the plate of a group: alike, and not surely another one.

    Cars of one fleet have plates that differ by one sign. Where both are read clearly, these are
    two cars, and each keeps a reading of its own.
    """
    if distance(group[0].text, one.text) > MOST_DIFFERENT:
        return False
    is_sure = one.judged.settled >= SURE
    return not (is_sure and any(_contradicts(each, one) for each in group))


def _contradicts(each: _Seen, one: _Seen) -> bool:
    return each.judged.settled >= SURE and each.text != one.text


def _voted(group: Sequence[_Seen], book: FormatBook) -> tuple[float, PlateCandidate] | None:
    """Return the group's reading with its rank; None where it is no plate."""
    spellings = _spelled(group, book)
    if not spellings or not is_plausible(spellings[0].text):
        return None
    best = _showing(group, spellings[0].text)
    rank = spellings[0].score + best.judged.rank - best.judged.spelling.score
    judged = replace(best.judged, spelling=spellings[0], rank=rank)
    if judged.confidence < LEAST_CONFIDENCE:
        return None
    candidate = best.search.candidate(judged)
    others = (
        text
        for each in group
        if each is not best
        for text in each.search.raw_texts(replace(each.judged, spelling=spellings[0]))
    )
    raw = tuple(dict.fromkeys([*candidate.raw_texts, *others]))
    return rank, replace(candidate, raw_texts=raw, frame=best.frame)


def _spelled(group: Sequence[_Seen], book: FormatBook) -> list[Spelling]:
    if len(group) == 1:
        return [group[0].judged.spelling]
    views = [[view.columns for view in each.judged.writing.views] for each in group]
    weights = [
        _weight(each) / len(own) for each, own in zip(group, views, strict=True) for _ in own
    ]
    return spell([view for own in views for view in own], book, weights)


def _weight(one: _Seen) -> float:
    """How much a frame counts: the root of the odds that its own reading is right.

    By the odds themselves one frame that errs would outvote two that agree, and with no weights a
    blurred frame would make a sharp one doubtful.
    """
    chance = min(max(one.judged.confidence, LEAST_CHANCE), MOST_CHANCE)
    return sqrt(chance / (1 - chance))


def _showing(group: Sequence[_Seen], text: str) -> _Seen:
    """Return the frame that shows a text best: the surest that reads it, or else the surest."""
    return max(
        group,
        key=lambda each: (each.judged.spelling.text == text, each.judged.confidence, -each.frame),
    )
