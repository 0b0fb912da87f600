"""The plate that a read gives a passage."""

from access.models import Passage, PlateRead
from core.plates import TEST_PLATE, fold, is_plausible, normalise


def plate_of(raw: str) -> str:
    """Return the plate that a device may have meant by a text; empty where it can be none."""
    text = normalise(raw)
    return text if is_plausible(text) and text != TEST_PLATE else ""


def set_plate(passage: Passage, read: PlateRead) -> None:
    """Put a read in force; the caller saves the passage."""
    passage.plate, passage.folded = read.text, fold(read.text)
    passage.confidence = read.confidence
