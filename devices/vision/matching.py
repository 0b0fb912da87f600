"""Which of the plates that a site knows a reading may be. Pure: no clock, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.plates import fold, lookalike_cost, normalise

#: A plate costlier than this is another one, not this one misread (`core.plates.lookalike_cost`).
MOST_COST = 0.9


@dataclass(frozen=True, slots=True)
class Match:
    """A known plate that the reading may be.

    Attributes:
        plate: the known plate, as it was given.
        cost: how far the reading is from it; 0.0 means letter by letter the same.
        folded: whether they are the same to an eye that takes an O for a 0.
    """

    plate: str
    cost: float
    folded: bool


def match_known(text: str, known: Iterable[str], most_cost: float = MOST_COST) -> list[Match]:
    """The known plates that the text may be, the likeliest first.

    Args:
        text: as read; it is normalised here.
        known: the site's plates, in any spelling; a plate given twice is one plate.
        most_cost: what a plate may cost and still be listed for a person to choose.
    """
    read = normalise(text)
    if not read:
        return []
    spelled = {normalise(plate): plate for plate in known}
    matches = [
        Match(plate, lookalike_cost(read, spelling), fold(read) == fold(spelling))
        for spelling, plate in spelled.items()
        if spelling
    ]
    near = [match for match in matches if match.folded or match.cost <= most_cost]
    return sorted(near, key=lambda match: (not match.folded, match.cost, match.plate))


def only_match(matches: Sequence[Match]) -> Match | None:
    """The one match that may be acted on unseen, or None where a person has to choose.

    It has to fold to the reading and be alone in it: where two known plates look alike, no camera
    can tell which of them stands at the barrier, even if the reading spells one of them.
    """
    folded = [match for match in matches if match.folded]
    return folded[0] if len(folded) == 1 else None
