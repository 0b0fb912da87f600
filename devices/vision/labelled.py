"""Photos with the plate written beside them, as the plate reader is scored by.

Beside each photo is a text file of its name. Its line has, between tabs: the photo's file name; x,
y, width and height of the plate in pixels, zeros where they are not known; the plate; and, where a
site exports its own photos, the camera, the hour of the day there, whether what was read was right
or wrong, and the countries whose plates the site expects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FIELDS_OF_A_PLATE = 6


@dataclass(frozen=True, slots=True)
class Label:
    """The plate on one photo.

    Attributes:
        box: x, y, width and height in pixels; zeros: not known.
        camera, hour, verdict, countries: empty where the label does not say.
    """

    photo: str
    text: str
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    camera: str = ""
    hour: str = ""
    verdict: str = ""
    countries: tuple[str, ...] = ()


def format_label(label: Label) -> str:
    """Return a label's line, without its end."""
    site = (label.camera, label.hour, label.verdict, " ".join(label.countries))
    return "\t".join((label.photo, *map(str, label.box), label.text, *site))


def parse_label(line: str) -> Label:
    """Return the label of a line.

    Raises:
        ValueError: it has fewer fields than a plate needs, or no numbers where the plate is.
    """
    photo, *rest = line.rstrip("\r\n").split("\t")
    if len(rest) < _FIELDS_OF_A_PLATE - 1:
        raise ValueError(f"{line!r} is no label: name, x, y, width, height, plate, between tabs")
    x, y, width, height = (int(each) for each in rest[:4])
    camera, hour, verdict, countries = (*rest[5:9], "", "", "", "")[:4]
    return Label(
        photo, rest[4], (x, y, width, height), camera, hour, verdict, tuple(countries.split())
    )


def labels_in(folder: Path) -> Iterator[tuple[Path, Label]]:
    """Yield the photos of a folder and of those below it, with their labels, in a fixed order."""
    for file in sorted(folder.rglob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.count("\t") >= _FIELDS_OF_A_PLATE - 1:
                label = parse_label(line)
                yield file.parent / label.photo, label
