"""Comparing plates: pure functions without Django, clock or database.

* `normalise`: the canonical spelling of a plate (`粤B·12345`, `粤b 12345`);
* `fold`: the same text for plates that differ only in look-alike characters (O and 0);
* `lookalike_cost`: a distance between two readings, for ranking candidates;
* `missing_characters`: whether one reading is a part of the other.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import takewhile

#: The 31 province glyphs that begin a civil plate of mainland China (GA 36-2018).
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

#: Their traditional forms, which people type and text recognition returns at times.
TRADITIONAL = str.maketrans("滬雲遼魯蘇贛陝閩貴粵寧瓊", "沪云辽鲁苏赣陕闽贵粤宁琼")

#: The plate of a test car (access.test_cars). No country gives out a plate with this glyph, and the
#: plate reader does not know it, so no car on the road has it.
TEST_PLATE = "测TEST01"

#: Characters that cameras confuse; the first one represents its group.
LOOKALIKES = ("0OQD", "8B", "5S", "1I", "2Z")

#: The weights of `lookalike_cost`: two look-alikes cost less than one glyph, and an edit that
#: cameras rarely make costs as much as five look-alikes.
LOOKALIKE_COST = 0.2
GLYPH_COST = 0.5
EIGHTH_CHARACTER_COST = 0.5
EDIT_COST = 1.0

SHORTEST, LONGEST = 2, 12
NEW_ENERGY_LENGTH = 8
#: Fewer characters are a part of too many plates.
SHORTEST_PART = 4
MASKED = "•"

_FOLDED = str.maketrans(
    {character: group[0] for group in LOOKALIKES for character in group[1:]},
)


@lru_cache(maxsize=4096)  # a car is read several times, and bulk records come by plate
def normalise(text: str) -> str:
    """Return the canonical spelling: NFKC, upper case, letters and digits of any script only.

    Spaces, dots, hyphens and all other marks are removed; a province glyph stays, in its simplified
    form.
    `normalise(normalise(x)) == normalise(x)`.
    """
    while (spelled := _spelled(text)) != text:
        text = spelled
    return text


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Replace look-alikes (0/O/Q/D, 8/B, 5/S, 1/I, 2/Z; parking.md) by their group's first.

    Accents are removed, too, because cameras don't read them reliably (`Ö` is an `O`, hence a `0`).
    The text is normalised first, so `fold(x) == fold(normalise(x)) == fold(fold(x))`.
    """
    plain = unicodedata.normalize("NFD", normalise(text))
    unaccented = "".join(c for c in plain if not unicodedata.combining(c))
    return normalise(unaccented).translate(_FOLDED)


def lookalike_cost(one: str, other: str) -> float:
    """Return the cost of turning one plate into the other; 0.0 means the same plate.

    A weighted edit distance, symmetric, on normalised texts: a look-alike substitution costs 0.2;
    a wrong or missing Chinese glyph 0.5; a lost eighth character of a new-energy plate 0.5; any
    other edit 1.0. Below 1.0 the two differ only by errors that cameras commonly make.
    """
    one, other = sorted((normalise(one), normalise(other)), key=len)
    cost = _edit_cost(one, other)
    if _lost_its_eighth(one, other):
        cost = min(cost, _edit_cost(one, other[:-1]) + EIGHTH_CHARACTER_COST)
    return round(cost, 6)


def missing_characters(part: str, whole: str) -> int | None:
    """Return how many characters one reading has beyond the other, which is a part of it.

    A camera that reads one line of two, or not the province, gives a part of a plate; it must have
    4 characters. Look-alikes count as the same.

    Returns:
        None where neither is a part of the other.
    """
    shorter, longer = sorted((fold(part), fold(whole)), key=len)
    if len(shorter) < SHORTEST_PART or shorter not in longer:
        return None
    return len(longer) - len(shorter)


def mask(plate: str, part: str) -> str:
    """Return a plate with dots for all characters outside the part that a person knows.

    `mask("沪BK3827", "k3827")` is `••K3827`, and `mask("沪BK3827", "沪BK327")` is `沪BK3•27`; where
    the part is neither in the plate nor around a gap in it, all are dots.
    """
    known = _known_positions(fold(plate), fold(part)) if len(fold(plate)) == len(plate) else set()
    return "".join(c if n in known else MASKED for n, c in enumerate(plate))


def _known_positions(whole: str, part: str) -> set[int]:
    """Return where in the plate its part is, which may have a gap or a character too many."""
    begin = whole.find(part)
    if begin >= 0:
        return set(range(begin, begin + len(part)))
    shorter = min(len(whole), len(part))
    head = _shared(whole, part, shorter)
    tail = _shared(whole[::-1], part[::-1], shorter - head)
    if head + tail < shorter:
        return set()
    return {*range(head), *range(len(whole) - tail, len(whole))}


def _shared(one: str, other: str, most: int) -> int:
    """Count the characters that two texts begin with alike, at most so many."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one[:most], other[:most], strict=True))
    return len(list(same))


def is_plausible(text: str) -> bool:
    """Return whether a text may be a plate: 2-12 letters or digits, fewer ideographs than others.

    Permissive, because personal plates may be `A1` or `GWAGEN`. It rejects what cameras send for
    "no plate" (`_无_`, `无牌车`), empty texts and sentences.
    """
    plate = normalise(text)
    glyphs = sum(map(is_ideograph, plate))
    others = len(plate) - glyphs
    return SHORTEST <= len(plate) <= LONGEST and others >= SHORTEST and glyphs < others


def is_ideograph(character: str) -> bool:
    """Return whether a character is a Chinese glyph, such as a province's."""
    return "\u4e00" <= character <= "\u9fff"


def _spelled(text: str) -> str:
    upper = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return "".join(c for c in upper if c.isalnum()).translate(TRADITIONAL)


def _lost_its_eighth(shorter: str, longer: str) -> bool:
    """A new-energy plate has a province glyph and seven characters (GA 36-2018, 5.4)."""
    return (
        len(longer) == NEW_ENERGY_LENGTH
        and len(shorter) == NEW_ENERGY_LENGTH - 1
        and longer[0] in PROVINCES
    )


def _edit_cost(one: str, other: str) -> float:
    """Wagner-Fischer over one row, with the weights above."""
    row = [0.0]
    for character in other:
        row.append(row[-1] + _presence_cost(character))
    for character in one:
        row = _next_row(row, other, _presence_cost(character), partial(_swap_cost, character))
    return row[-1]


def _next_row(
    above: list[float], other: str, drop: float, swap: Callable[[str], float]
) -> list[float]:
    row = [above[0] + drop]
    for column, character in enumerate(other, start=1):
        row.append(
            min(
                above[column] + drop,
                row[column - 1] + _presence_cost(character),
                above[column - 1] + swap(character),
            )
        )
    return row


@lru_cache(maxsize=4096)
def _shape(character: str) -> str:
    return fold(character)


def _presence_cost(character: str) -> float:
    return GLYPH_COST if is_ideograph(character) else EDIT_COST


def _swap_cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if _shape(one) == _shape(other):
        return LOOKALIKE_COST
    return GLYPH_COST if is_ideograph(one) and is_ideograph(other) else EDIT_COST
