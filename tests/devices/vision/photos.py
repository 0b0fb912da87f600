"""The labelled photos beside the checkout, for evaluation only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from core.plates import normalise
from devices.vision.labelled import labels_in
from tests.specification import SHARED

FOLDER = SHARED / "plates"
REGIONS = ("eu", "us", "br")
#: The countries that a site of each region sets.
COUNTRIES = {
    "eu": ("DE", "GB", "FR", "IT", "ES", "CZ", "SK", "PL", "HU", "BE", "NL", "HR", "UA"),
    "us": ("US",),
    "br": ("BR",),
}
#: The reader is tuned on one half of the photos, and its figures are of the other.
SPLIT_SEED = 20261201
#: Labels that the photos' own notes correct.
MENDED = {"FZB9581": "FBZ9581"}
#: Labels write the letter O for a zero at will, so O and Q compare as 0 and I as 1.
SAME = str.maketrans("OQI", "001")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo and the plate on it."""

    region: str
    path: Path
    text: str
    #: Whose plates a site there expects.
    countries: tuple[str, ...]

    def is_read(self, text: str) -> bool:
        """Whether the text is the plate's, letter by letter."""
        return normalise(text) == self.text

    def is_read_folded(self, text: str) -> bool:
        """Whether it is, with O and Q as 0 and I as 1."""
        return normalise(text).translate(SAME) == self.text.translate(SAME)


def labelled(folder: Path = FOLDER) -> list[Labelled]:
    """All photos of all regions, in a fixed order; empty where the folder is absent."""
    return [
        Labelled(region, path, normalise(MENDED.get(label.text, label.text)), COUNTRIES[region])
        for region in REGIONS
        for path, label in labels_in(folder / region)
    ]


def exported(folder: Path) -> list[Labelled]:
    """The photos that a site exported (access.label_exports); the camera stands for the region."""
    return [
        Labelled(label.camera, path, normalise(label.text), label.countries)
        for path, label in labels_in(folder)
    ]


def held_out(photos: Sequence[Labelled]) -> list[Labelled]:
    """The half of the photos that nothing was tuned on, drawn by a fixed seed, in their order."""
    drawn = Random(SPLIT_SEED).sample(range(len(photos)), len(photos) // 2)
    return [photos[each] for each in sorted(drawn)]
