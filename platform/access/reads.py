"""What was read of a passage's plate, and the plate that it gives the passage."""

from dataclasses import dataclass

from access.models import Passage, PlateRead
from core.plates import TEST_PLATE, fold, is_plausible, normalise
from devices.vision.certainty import Verdict
from devices.vision.failures import Failure


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What came of reading a photo.

    Attributes:
        problem: why there is no reading, for the log and the list of reads.
        failure: what kept the reader from reading it; None where it was read.
        shown: the path of the photo that shows the plate best; empty for the passage's own.
    """

    verdict: Verdict
    problem: str = ""
    failure: Failure | None = None
    shown: str = ""


def plate_of(raw: str) -> str:
    """Return the plate that a device may have meant by a text; empty where it can be none."""
    text = normalise(raw)
    return text if is_plausible(text) and text != TEST_PLATE else ""


def set_plate(passage: Passage, read: PlateRead) -> None:
    """Put a read in force; the caller saves the passage."""
    passage.plate, passage.folded = read.text, fold(read.text)
    passage.confidence = read.confidence
