"""Plate formats by country: the signs allowed at each position.

A pattern is written with one letter for each place (`SIGNS`), `L{1,3}` standing for one to three of
them. A format that is given out rarely, or is so wide that much other writing fits it, has a lower
`weight`, a logarithm of how probable it is beside the others.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from core.plates import PROVINCES

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
ALPHANUMERIC = LATIN + DIGITS
CHINESE_LATIN = LATIN.replace("I", "").replace("O", "")
#: Every glyph beside letters and digits that a plate may carry.
GLYPHS = PROVINCES + "学警挂港澳使领试超民航"

SIGNS = {
    "L": LATIN,
    "D": DIGITS,
    "P": PROVINCES,
    "l": CHINESE_LATIN,  # GA 36-2018 gives out no I and no O
    "c": CHINESE_LATIN + DIGITS,
    "e": "ABCDEFGHJK",  # the letters that mark a new-energy car
    "s": "学警挂试超领",
    "h": "港澳",
    "a": "使",
    "Z": "Z",
    "W": "W",
    "J": "J",
    "y": "粤",
    "m": "民",
    "q": "航",
    "M": "BCEGHJKLNSVZ",  # the services of the armed forces
    "k": "BDFGHJKLNPRSTVXZ",  # the Dutch leave out vowels and what looks like something else
    "t": "M",
    "A": "A",
    "B": "B",
}

#: Countries whose formats are all here: a text that fits none of them is none of their plates.
COMPLETE = frozenset({"CN", "BR", "GB", "ES", "CZ", "SK", "FR", "IT"})

LIKELY, USUAL, RARE = 0.0, -0.5, -1.0

_TABLE: tuple[tuple[str, str, float, tuple[str, ...]], ...] = (
    ("CN", "civil", LIKELY, ("Plc{5}",)),
    ("CN", "new energy", LIKELY, ("PlecD{4}", "PlD{5}e")),
    ("CN", "special", LIKELY, ("Plc{4}s",)),
    ("CN", "Hong Kong and Macao", LIKELY, ("yZc{4}h",)),
    ("CN", "embassy", LIKELY, ("aD{6}", "D{6}a")),
    ("CN", "armed police", LIKELY, ("WJPD{4}c", "WJPc{4}s")),
    ("CN", "military", RARE, ("MlD{5}",)),
    ("CN", "civil aviation", LIKELY, ("mqc{5}", "mqlc{4}")),
    ("HK", "civil", RARE, ("L{2}D{1,4}",)),
    ("MO", "civil", USUAL, ("tLD{4}",)),
    ("BR", "civil", LIKELY, ("L{3}D{4}",)),
    ("BR", "Mercosur", LIKELY, ("L{3}DLD{2}",)),
    ("SK", "civil", LIKELY, ("L{2}D{3}L{2}",)),
    ("FR", "civil", LIKELY, ("L{2}D{3}L{2}",)),
    ("IT", "civil", LIKELY, ("L{2}D{3}L{2}",)),
    ("CZ", "civil", LIKELY, ("DLD{5}", "DL{2}D{4}")),
    ("GB", "civil", LIKELY, ("L{2}D{2}L{3}",)),
    ("GB", "before 2001", RARE, ("LD{1,3}L{3}", "L{3}D{1,3}L")),
    ("DE", "civil", RARE, ("L{2,5}D{1,4}",)),
    ("PL", "civil", USUAL, ("L{2}D{5}", "L{2}D{4}L", "L{2}D{3}L{2}", "L{3}D{4}")),
    ("HU", "civil", USUAL, ("L{4}D{3}", "L{3}D{3}")),
    ("ES", "civil", LIKELY, ("D{4}L{3}",)),
    ("BE", "civil", LIKELY, ("DL{3}D{3}",)),
    ("NL", "civil", RARE, ("kD{3}k{2}", "k{2}D{3}k", "D{2}k{3}D", "Dk{3}D{2}", "k{3}D{2}k")),
    ("HR", "civil", USUAL, ("L{2}D{3,4}L{1,2}",)),
    ("UA", "civil", USUAL, ("L{2}D{4}L{2}",)),
    ("IN", "civil", USUAL, ("L{2}D{2}L{1,2}D{4}",)),
    ("US", "California", LIKELY, ("DL{3}D{3}",)),
    ("US", "Texas", LIKELY, ("L{2}DLD{3}", "L{3}D{4}")),
    ("US", "Missouri", LIKELY, ("L{2}DLDL",)),
    ("US", "state", USUAL, ("L{3}D{3}", "D{3}L{3}", "L{3}DLD", "LD{2}L{3}", "L{2}D{5}")),
    ("US", "number", USUAL, ("D{7}", "LD{6}", "L{2}D{4}")),
)

#: The countries whose formats are known (ISO 3166-1).
COUNTRIES = tuple(sorted({row[0] for row in _TABLE}))


@dataclass(frozen=True, slots=True)
class PlateFormat:
    """One pattern with its repetitions written out, as `LLDDDLL`.

    Attributes:
        countries: all that give it out (ISO 3166-1), the likeliest first.
        name: what the first of them calls it.
        signs: a key of `SIGNS` for each place.
        weight: how probable it is beside others, as a logarithm.
    """

    countries: tuple[str, ...]
    name: str
    signs: str
    weight: float

    def fits(self, text: str) -> bool:
        """Whether each character is allowed at its position."""
        return len(text) == len(self.signs) and all(
            character in SIGNS[sign] for character, sign in zip(text, self.signs, strict=True)
        )


class FormatBook:
    """The formats that a site expects."""

    def __init__(self, countries: Iterable[str] = ()) -> None:
        """Collect the formats of these countries (ISO 3166-1), or of all if empty.

        Raises:
            ValueError: the formats of a country are not known.
        """
        wanted = set(countries)
        if unknown := wanted - {row[0] for row in _TABLE}:
            raise ValueError(f"countries: no formats are known for {', '.join(sorted(unknown))}")
        #: Whose plates they are; empty for any.
        self.countries = frozenset(wanted)
        #: Whether a text without a matching format can't be a plate of these countries.
        self.complete = bool(wanted) and wanted <= COMPLETE
        self._of_length: dict[int, list[PlateFormat]] = defaultdict(list)
        for plate_format in _merged(wanted):
            self._of_length[len(plate_format.signs)].append(plate_format)

    def of_length(self, length: int) -> list[PlateFormat]:
        """Return the formats of that length, the most likely first."""
        return self._of_length.get(length, [])

    def of(self, text: str) -> PlateFormat | None:
        """Return the most likely format of a normalised text, if any."""
        return next((f for f in self.of_length(len(text)) if f.fits(text)), None)

    def fitting(self, text: str) -> list[PlateFormat]:
        """Return all formats that fit a normalised text, the most likely first."""
        return [each for each in self.of_length(len(text)) if each.fits(text)]


@lru_cache(maxsize=64)  # of the sites of an installation
def book_of(countries: tuple[str, ...]) -> FormatBook:
    """Return the formats of these countries, collected once; see `FormatBook`."""
    return FormatBook(countries)


def _merged(wanted: set[str]) -> list[PlateFormat]:
    """Return the formats of these countries, each pattern once, the most likely first."""
    found: dict[str, PlateFormat] = {}
    for country, name, weight, patterns in _TABLE:
        if wanted and country not in wanted:
            continue
        for signs in (signs for pattern in patterns for signs in _written_out(pattern)):
            new = PlateFormat((country,), name, signs, LIKELY if wanted else weight)
            found[signs] = _merge(found[signs], new) if signs in found else new
    return sorted(found.values(), key=lambda plate_format: -plate_format.weight)


def _merge(one: PlateFormat, other: PlateFormat) -> PlateFormat:
    first, second = sorted((one, other), key=lambda plate_format: -plate_format.weight)
    countries = tuple(dict.fromkeys(first.countries + second.countries))
    return replace(first, countries=countries)


def _written_out(pattern: str) -> list[str]:
    """`L{1,2}D` as `LD` and `LLD`."""
    choices = []
    for sign, least, most in re.findall(r"(\w)(?:\{(\d)(?:,(\d))?\})?", pattern):
        low = int(least or 1)
        choices.append([sign * count for count in range(low, int(most or low) + 1)])
    return ["".join(parts) for parts in product(*choices)]
