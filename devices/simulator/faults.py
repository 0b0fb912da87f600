"""What goes wrong in the field, and how a camera's read looks then."""

from dataclasses import dataclass, replace
from random import Random

from .speech import Read

KINDS = ("misread", "unsure", "duplicate", "late", "skew")
ALIKE = {"0": "D", "8": "B", "5": "S", "1": "7", "2": "Z", "B": "8", "D": "0", "S": "5", "Z": "2"}
UNREAD_SHARE = 0.12  # of a vzenith camera's looks: it sends the photo and no plate


@dataclass(frozen=True, slots=True)
class Troubles:
    """How often things go wrong: shares of the reads, and of the sensors each minute, 0 to 1."""

    reads: float = 0.06
    sensors: float = 0.004
    unread: float = UNREAD_SHARE

    def draw(self, chance: Random) -> str | None:
        """Return the kind of fault that befalls a read; mostly None."""
        return chance.choice(KINDS) if chance.random() < self.reads else None


def misread(chance: Random, text: str) -> str:
    """Return the text with one sign taken for another."""
    places = [index for index, sign in enumerate(text) if sign in ALIKE]
    if not places:
        return text[:-1]
    place = chance.choice(places)
    return text[:place] + ALIKE[text[place]] + text[place + 1 :]


def spoiled(chance: Random, read: Read, fault: str | None) -> Read:
    """Return the read as the fault leaves it; duplicates, delays and clocks leave it alone."""
    if fault == "misread":
        return replace(read, text=misread(chance, read.text), confidence=chance.randint(91, 97))
    if fault == "unsure":
        text = misread(chance, read.text)
        return replace(read, text=text, confidence=chance.randint(38, 72))
    return read
