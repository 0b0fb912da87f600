"""Faults of devices, and their effect on a camera's reading."""

from dataclasses import dataclass, replace
from random import Random

from .speech import Read

KINDS = ("misread", "unsure", "duplicate", "late", "skew")
ALIKE = {"0": "D", "8": "B", "5": "S", "1": "7", "2": "Z", "B": "8", "D": "0", "S": "5", "Z": "2"}
UNREAD_SHARE = 0.12  # of a Vzenith camera's events, which then have a photo and no plate


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Fault rates: shares of the readings, and of the sensors each minute, 0 to 1."""

    reads: float = 0.06
    sensors: float = 0.004
    unread: float = UNREAD_SHARE

    def draw(self, chance: Random) -> str | None:
        """Draw the fault of a reading; mostly None."""
        return chance.choice(KINDS) if chance.random() < self.reads else None


def misread(chance: Random, text: str) -> str:
    """Return the text with one character misread."""
    places = [index for index, sign in enumerate(text) if sign in ALIKE]
    if not places:
        return text[:-1]
    place = chance.choice(places)
    return text[:place] + ALIKE[text[place]] + text[place + 1 :]


def apply_fault(chance: Random, read: Read, fault: str | None) -> Read:
    """Apply a fault to a reading; duplicates, delays and wrong clocks do not change it."""
    if fault == "misread":
        return replace(read, text=misread(chance, read.text), confidence=chance.randint(91, 97))
    if fault == "unsure":
        text = misread(chance, read.text)
        return replace(read, text=text, confidence=chance.randint(38, 72))
    return read
