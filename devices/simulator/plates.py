"""Number plates of several countries: valid texts and layouts."""

import re
from dataclasses import dataclass
from random import Random

PROVINCES = "京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂宁新藏"
CHINESE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O are not issued: GA 36-2018
CHINESE_SYMBOLS = CHINESE_LETTERS + "0123456789"
DUTCH_LETTERS = "BDFGHJKLNPRSTVXZ"
GERMAN_DISTRICTS = (
    "B", "D", "F", "H", "K", "L", "M", "S", "AC", "BN", "DA", "DD", "DO", "FR", "HB", "HH", "HD",
    "KA", "KI", "KS", "MA", "MZ", "OL", "RO", "UL", "ERH", "LOS", "PAF", "WOB",
)  # fmt: skip
US_STATES = {"9AAA999": "CALIFORNIA", "AAA9999": "NEW YORK", "AA99999": "COLORADO"}


@dataclass(frozen=True, slots=True)
class Design:
    """The design of one kind of plate; lengths in millimetres, colours sRGB 0-255."""

    name: str
    width: int
    height: int
    colour: str
    colour_type: int  # as vzenith-mqtt numbers plate colours
    paper: tuple[int, int, int]
    ink: tuple[int, int, int]
    glyph: tuple[int, int]


WHITE, BLACK = (238, 239, 236), (22, 22, 24)
DESIGNS = {
    design.name: design
    for design in (
        Design("cn-blue", 440, 140, "blue", 1, (18, 62, 158), (243, 244, 242), (45, 90)),
        Design("cn-green", 480, 140, "green", 5, (92, 190, 118), BLACK, (43, 90)),
        Design("cn-yellow", 440, 140, "yellow", 2, (240, 176, 24), BLACK, (45, 90)),
        Design("de", 520, 110, "white", 3, WHITE, BLACK, (45, 75)),
        Design("nl", 520, 110, "yellow", 2, (246, 190, 20), BLACK, (46, 76)),
        Design("uk", 520, 111, "white", 3, WHITE, BLACK, (48, 79)),
        Design("br", 400, 130, "white", 3, WHITE, BLACK, (43, 65)),
        Design("us", 305, 152, "white", 3, (236, 238, 240), (24, 40, 96), (34, 68)),
    )
}


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate: its text as a reader returns it (no blanks, no dashes) and its design."""

    text: str
    design: Design


def plate(text: str, design: str | None = None) -> Plate:
    """Return the plate for `text`; without `design` the kind is guessed from the text.

    Raises:
        ValueError: the design is not one of `DESIGNS`.
    """
    name = design or design_of(text)
    if name not in DESIGNS:
        raise ValueError(f"design {name!r} is not known; one of {', '.join(DESIGNS)}")
    return Plate(compact(text), DESIGNS[name])


def compact(text: str) -> str:
    """Return the text in capitals without separators."""
    return re.sub(r"[\s·.\-]", "", text).upper()


def design_of(text: str) -> str:
    """Guess the kind of plate from its text; American if it matches none."""
    bare = compact(text)
    if bare[:1] in PROVINCES and bare:
        return "cn-green" if len(bare) == 8 else "cn-blue"
    if re.fullmatch(r"[A-Z]{3}\d[A-Z]\d\d", bare):
        return "br"
    if re.fullmatch(r"[A-Z]{2}\d\d[A-Z]{3}", bare):
        return "uk"
    if any(re.fullmatch(pattern, bare) for pattern in _DUTCH):
        return "nl"
    return "de" if german_groups(bare) else "us"


_DUTCH = (
    r"[A-Z]\d{3}[A-Z]{2}",
    r"[A-Z]{2}\d{3}[A-Z]",
    r"\d{2}[A-Z]{3}\d",
    r"\d[A-Z]{3}\d{2}",
    r"[A-Z]{3}\d{2}[A-Z]",
)


def german_groups(text: str) -> tuple[str, str, str] | None:
    """Split `BAB1234` into district, letters and digits; None if no district matches."""
    found = re.fullmatch(r"([A-Z]{2,5})(\d{1,4})", text)
    if not found:
        return None
    letters, digits = found.groups()
    for length in (3, 2, 1):
        district, rest = letters[:length], letters[length:]
        if district in GERMAN_DISTRICTS and 1 <= len(rest) <= 2:
            return district, rest, digits
    return None


def groups(item: Plate) -> tuple[str, ...]:
    """Return the text in the groups displayed on the plate."""
    text, name = item.text, item.design.name
    if name.startswith("cn"):
        return text[:2], text[2:]
    if name == "de":
        return german_groups(text) or (text,)
    if name == "nl":
        return tuple(re.findall(r"[A-Z]+|\d+", text))
    if name == "uk":
        return text[:4], text[4:]
    if name == "us" and re.fullmatch(r"[A-Z]{3}\d{4}", text):
        return text[:3], text[3:]
    return (text,)


def draw_text(chance: Random, design: str, *, provinces: str = "粤") -> str:
    """Draw a text that the design's country could issue.

    Args:
        chance: the random generator; equal states give equal texts.
        design: a name of `DESIGNS`.
        provinces: for Chinese plates, the provinces to draw from.
    """
    if design.startswith("cn"):
        return _chinese(chance, design, provinces)
    if design == "de":
        digits = str(chance.randint(10, 9999))
        return chance.choice(GERMAN_DISTRICTS[:-4]) + _letters(chance, 2) + digits
    if design == "nl":
        return _filled(chance, chance.choice(("A999AA", "AA999A", "99AAA9")), DUTCH_LETTERS)
    if design == "us":
        return _filled(chance, chance.choice(sorted(US_STATES)), _LATIN)
    return _filled(chance, {"uk": "AA99AAA", "br": "AAA9A99"}[design], _LATIN)


_LATIN = "ABCDEFGHJKLMNPRSTUVWXYZ"


def _chinese(chance: Random, design: str, provinces: str) -> str:
    head = chance.choice(provinces) + chance.choice(CHINESE_LETTERS[:12])
    if design == "cn-green":
        return head + chance.choice("DF") + "".join(chance.choices("0123456789", k=5))
    letters = chance.randint(0, 2)
    tail = chance.choices(CHINESE_LETTERS, k=letters) + chance.choices("0123456789", k=5 - letters)
    chance.shuffle(tail)
    return head + "".join(tail)


def _letters(chance: Random, count: int) -> str:
    return "".join(chance.choices(_LATIN, k=count))


def _filled(chance: Random, pattern: str, letters: str) -> str:
    drawn = (
        chance.choice(letters) if sign == "A" else chance.choice("0123456789") for sign in pattern
    )
    return "".join(drawn)
