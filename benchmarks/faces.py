"""Measure how well faces are told apart, and how long an enrolment takes.

Over a folder of labelled photos, one folder a person with at least one photo, it prints for each
engine that can be used:

- how many photos suffice for an enrolment, and how many have a face at all; the rest of the figures
  takes every photo with a face, as doors do not choose their light;
- of pairs of photos at the threshold: accuracy (over as many pairs of one person as of two, so that
  neither kind outweighs the other), false accept and false reject, with the number of pairs behind
  each;
- FPIR, the false positive identification rate: of the photos of people who are not in a gallery,
  how many match somebody in it. Galleries hold 100, 1,000 and 5,000 people, by one photo each, and
  are drawn anew; a size of which the set has too few people is **not measured**. As at doors, a
  match is within the threshold and nearer than the second by a margin, and the rate without the
  margin stands beside it;
- the time of an enrolment in this process's own time, and its ratio to the ceiling, which is
  measured photo by photo in the same run: the detector and the network alone. The bar is 2 s.

Without a folder it takes the one photo that the package scikit-image has, of the astronaut Eileen
Collins: that measures the time, and says nothing about accuracy. Nothing is stored.

Usage: ``python benchmarks/faces.py [FOLDER] [--engine dlib] [--frames 3] [--draws 20] [--smoke]``
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from devices.vision.faces import analysis, engines  # noqa: E402
from devices.vision.faces.contract import FaceEngine, Template  # noqa: E402
from devices.vision.photo import open_photo  # noqa: E402
from devices.vision.plates import UnreadableImage  # noqa: E402

GALLERIES = (100, 1_000, 5_000)
BAR_S = 2.0
#: As `doors.faces.matching` has it, which needs a database to be imported.
MARGIN = 0.05
_ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
_TIMED = 5
# A single photo of this size is as far from a phone's as it is enlarged.
_SCALE = 2


@dataclass(frozen=True, slots=True)
class Photo:
    """A labelled photo."""

    person: str
    image: bytes


@dataclass(slots=True)
class Set:
    """What an engine has made of the photos.

    Attributes:
        people: the label of each template.
        sufficient: how many photos would do for an enrolment.
    """

    photos: int = 0
    sufficient: int = 0
    people: list[str] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)


def labelled(folder: Path) -> Iterator[Photo]:
    """Yield the photos of a folder with one folder a person."""
    for path in sorted(folder.glob("*/*")):
        if path.suffix.lower() in _ENDINGS:
            yield Photo(path.parent.name, path.read_bytes())


def packaged() -> bytes:
    """Return the photo of scikit-image, enlarged; empty where the package is not installed."""
    import cv2

    spec = find_spec("skimage")
    places = list(spec.submodule_search_locations or []) if spec else []
    path = Path(places[0]) / "data" / "astronaut.png" if places else Path()
    if not path.is_file():
        return b""
    size = {"dsize": None, "fx": _SCALE, "fy": _SCALE, "interpolation": cv2.INTER_CUBIC}
    return bytes(cv2.imencode(".jpg", cv2.resize(cv2.imread(str(path)), **size))[1])


def described(engine: FaceEngine, photos: Sequence[Photo]) -> Set:
    """Return the templates of all photos with one face or with one that is the largest."""
    found = Set()
    for photo in photos:
        found.photos += 1
        try:
            pixels = open_photo(photo.image).pixels
        except UnreadableImage:
            continue
        faces = engine.detect(pixels)
        if faces:
            found.sufficient += not engine.quality(pixels, faces).flaws
            found.people.append(photo.person)
            found.templates.append(engine.embed(pixels, faces[0]))
    return found


def print_pairs(found: Set, threshold: float) -> None:
    """Print accuracy, false accept and false reject over all pairs of photos."""
    labels, distances = np.array(found.people), _distances(np.array(found.templates))
    rows, columns = np.triu_indices(len(labels), 1)
    is_same = labels[rows] == labels[columns]
    near = distances[rows, columns] <= threshold
    own, others = near[is_same], near[~is_same]
    if not len(own) or not len(others):
        print("  accuracy: not measured: it takes two photos of one person, and two people")
        return
    rejected, accepted = 1 - own.mean(), others.mean()
    print(f"  accuracy {1 - (rejected + accepted) / 2:.4f} at distance {threshold}")
    print(f"  false reject {rejected:.4f} ({(~own).sum()} of {len(own)} pairs of one person)")
    print(f"  false accept {accepted:.6f} ({others.sum()} of {len(others)} pairs of two people)")


def print_identification(found: Set, threshold: float, draws: int) -> None:
    """Print FPIR at each size of a gallery that the set has people for."""
    first = {person: index for index, person in reversed(list(enumerate(found.people)))}
    people = np.array(sorted(first))
    for size in GALLERIES:
        if len(people) <= size:
            print(
                f"  FPIR at {size:,} people: not measured: the set has {len(people):,} people,"
                f" and it takes {size:,} and others to look for"
            )
            continue
        plain, with_margin, tried = _identified(found, first, people, size, threshold, draws)
        print(
            f"  FPIR at {size:,} people: {with_margin / tried:.4f} with a margin of {MARGIN},"
            f" {plain / tried:.4f} without ({tried:,} searches in {draws} galleries)"
        )


def _identified(
    found: Set,
    first: dict[str, int],
    people: np.ndarray[Any, Any],
    size: int,
    threshold: float,
    draws: int,
) -> tuple[int, int, int]:
    """Return how many searches for people outside find somebody, also with the margin; of how many.

    Each outsider is looked for by one photo in each gallery.
    """
    chance, templates = np.random.default_rng(1), np.array(found.templates)
    plain = with_margin = tried = 0
    for _ in range(draws):
        order = chance.permutation(people)
        inside = templates[[first[person] for person in order[:size]]]
        outside = templates[[first[person] for person in order[size:]]]
        nearest = np.sort(_distances(outside, inside), axis=1)[:, :2]
        is_near = nearest[:, 0] <= threshold
        plain += int(is_near.sum())
        with_margin += int((is_near & (nearest[:, 1] - nearest[:, 0] >= MARGIN)).sum())
        tried += len(outside)
    return plain, with_margin, tried


def _distances(
    ones: np.ndarray[Any, Any], others: np.ndarray[Any, Any] | None = None
) -> np.ndarray[Any, Any]:
    """Return the distance between each two templates."""
    others = ones if others is None else others
    squares = (ones**2).sum(1)[:, None] + (others**2).sum(1)[None] - 2 * ones @ others.T
    return np.sqrt(np.maximum(squares, 0))


def print_time(engine: FaceEngine, images: Sequence[bytes], frames: int) -> bool:
    """Print the time of enrolments of so many frames each; return whether they keep the bar."""
    taken, ceilings = [], []
    for image in images:
        started = time.process_time()
        found = analysis.best_of(engine, [image] * frames, with_photo=True)
        if found.template is None:  # refused before the network is asked
            continue
        taken.append(time.process_time() - started)
        pixels = open_photo(image).pixels
        started = time.process_time()
        faces = [engine.detect(pixels) for _ in range(frames)]
        engine.embed(pixels, faces[0][0])
        ceilings.append(time.process_time() - started)
        if len(taken) == _TIMED:
            break
    if not taken:
        print("  enrolment: not measured: no photo would do for one")
        return True
    seconds, ceiling = median(taken), median(ceilings)
    print(
        f"  enrolment of {frames} frames: {seconds:.2f} s of processor time (bar {BAR_S:.0f} s);"
        f" detector and network alone {ceiling:.2f} s, ratio {seconds / ceiling:.2f}"
    )
    return seconds <= BAR_S


def measure(name: str, photos: Sequence[Photo], arguments: argparse.Namespace) -> bool:
    """Print the figures of an engine; return whether it keeps the bar."""
    engine = engines.load(name)
    print(f"{name} {engines.ENGINES[name].version()}")
    if arguments.folder is None:
        print("  accuracy: not measured: one person's photo; name a folder of labelled photos")
    else:
        found = described(engine, photos)
        count = len(set(found.people))
        print(
            f"  {found.photos} photos, {len(found.people)} with a face, of {count} people;"
            f" {found.sufficient} would do for an enrolment"
        )
        if found.templates:
            print_pairs(found, engine.threshold)
            print_identification(found, engine.threshold, arguments.draws)
    return print_time(engine, [photo.image for photo in photos], arguments.frames)


def main() -> int:
    """Measure the engines that can be used; return 1 where one misses the bar."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="one folder a person, with photos")
    parser.add_argument("--engine", choices=sorted(engines.ENGINES), help="only this one")
    parser.add_argument("--frames", type=int, default=3, help="of an enrolment")
    parser.add_argument("--draws", type=int, default=20, help="galleries of each size")
    parser.add_argument("--smoke", action="store_true", help="one frame")
    arguments = parser.parse_args()
    arguments.frames = 1 if arguments.smoke else arguments.frames
    kept = True
    photos = list(labelled(arguments.folder)) if arguments.folder else _one_photo()
    for name in [arguments.engine] if arguments.engine else sorted(engines.ENGINES):
        problem = engines.ENGINES[name].problem()
        if problem is not None:
            print(f"{name}: unavailable: {problem}")
        elif not photos:
            print(f"{name}: not measured: no photos; name a folder, or install scikit-image")
        else:
            kept = measure(name, photos, arguments) and kept
    print("liveness: unavailable in both engines; nothing is claimed about photos of photos")
    return 0 if kept else 1


def _one_photo() -> list[Photo]:
    image = packaged()
    return [Photo("Eileen Collins", image)] if image else []


if __name__ == "__main__":
    sys.exit(main())
