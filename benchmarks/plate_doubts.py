"""Measure what must not open a barrier: signs, scenes without a plate, and blurred frames.

- signs: thirty words and telephone numbers, each painted into three scenes, once for the countries
  of each set: how many of the 90 are certain (`devices.vision.certainty`). None should be.
- plateless: parts of the labelled photos (../shared/plates, or GATEHOUSE_SHARED) that their plate
  does not touch, in three sizes, or the photos of a folder (--scenes), once for each set: how many
  are certain. None should be, but where another car's plate is in the part: see --list, and --keep,
  which writes what is certain into a folder.
- frames: each photo of the half that the reader was not tuned on, as three frames with a motion
  blur of 7, 5 and 3 pixels: share read right, folded, from each alone and from the three together,
  with the share of certain readings, and how many of those are right.

A photo is looked at once for all sets: what the networks return is remembered until the next.

Usage: ``python benchmarks/plate_doubts.py [--only signs,plateless,frames] [--plateless 400]
[--scenes FOLDER] [--every 1] [--threads 2] [--list] [--keep FOLDER] [--smoke]``
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice, product
from pathlib import Path
from random import Random

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from devices.vision.certainty import Verdict, judge  # noqa: E402
from devices.vision.formats import book_of  # noqa: E402
from devices.vision.photo import open_photo  # noqa: E402
from devices.vision.plates import PlateReader, plate_reader  # noqa: E402
from devices.vision.search import Search, TextEngine  # noqa: E402
from devices.vision.searching_reader import SearchingReader  # noqa: E402
from devices.vision.writings import View  # noqa: E402
from tests.devices.vision.photos import (  # noqa: E402
    COUNTRIES,
    SPLIT_SEED,
    Labelled,
    held_out,
    labelled,
)
from tests.devices.vision.signs import WORDS, painted  # noqa: E402

SETS = {
    "US": ("US",),
    "DE": ("DE",),
    "EU": COUNTRIES["eu"],
    "GB": ("GB",),
    "CN": ("CN",),
    "BR": ("BR",),
}
SCENES = 3
BLURS = (7, 5, 3)
#: Of the parts without a plate, in pixels; how many of each size a photo may give; and how far they
#: stay away from the plate.
SIZES, EACH, DISTANCE = ((320, 200), (480, 300), (640, 400)), 2, 10
ATTEMPTS = 40
PARTS = ("signs", "plateless", "frames")
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


def blurred(image: bytes, length: int) -> bytes:
    """Return the photo as taken while the car moved by so many pixels."""
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    pixels = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    moved = cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return _jpeg(moved)


def plateless(one: Labelled, size: tuple[int, int], number: int) -> bytes | None:
    """Return a part of a photo that its plate does not touch; None where there is none."""
    pixels = cv2.imdecode(np.frombuffer(one.path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    height, width = pixels.shape[:2]
    label = one.path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()[0]
    x, y, w, h = (round(float(value)) for value in label.split("\t")[1:5])
    across, down = min(size[0], width // 2), min(size[1], height // 2)
    chance = Random(f"{one.path.name} {size} {number}")
    for _ in range(ATTEMPTS):
        left, top = chance.randint(0, width - across), chance.randint(0, height - down)
        beside = left + across < x - DISTANCE or left > x + w + DISTANCE
        if beside or top + down < y - DISTANCE or top > y + h + DISTANCE:
            return _jpeg(pixels[top : top + down, left : left + across])
    return None


def parts(photos: Sequence[Labelled]) -> Iterator[tuple[str, bytes]]:
    """Yield parts without a plate, of all photos and sizes in an order drawn by a fixed seed."""
    wanted = list(product(photos, SIZES, range(EACH)))
    Random(SPLIT_SEED).shuffle(wanted)
    for one, size, number in wanted:
        if part := plateless(one, size, number):
            yield f"{one.path.stem} {size[0]}x{size[1]} {number}", part


def scenes(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of a folder that show no plate."""
    files = sorted(each for each in folder.rglob("*") if each.suffix.lower() in PICTURES)
    for each in files:
        yield each.name, each.read_bytes()


def _jpeg(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


class Remembered:
    """A text engine that runs once for each picture and list of crops: a `search.TextEngine`."""

    def __init__(self, engine: TextEngine) -> None:
        self._engine = engine
        self._maps: dict[bytes, np.ndarray] = {}
        self._views: dict[bytes, list[View]] = {}

    def detect(self, pixels: np.ndarray) -> np.ndarray:
        """See `TextEngine.detect`."""
        key = _key([pixels])
        if key not in self._maps:
            self._maps[key] = self._engine.detect(pixels)
        return self._maps[key]

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        """See `TextEngine.recognise`."""
        key = _key(crops)
        if key not in self._views:
            self._views[key] = self._engine.recognise(crops)
        return list(self._views[key])


def _key(pictures: Sequence[np.ndarray]) -> bytes:
    digest = sha256()
    for each in pictures:
        digest.update(str(each.shape).encode())
        digest.update(np.ascontiguousarray(each))
    return digest.digest()


def count_certain(
    engine: TextEngine, images: Iterable[tuple[str, bytes]], keep: Path | None, *, listed: bool
) -> Iterable[str]:
    """Yield a line for each set of countries."""
    sure: dict[str, list[str]] = {name: [] for name in SETS}
    count = 0
    for what, image in images:
        count += 1
        photo, once = open_photo(image), Remembered(engine)
        for name, countries in SETS.items():
            found = judge(Search(photo, once, book_of(countries)).candidates(), countries)
            if found.is_certain():
                sure[name].append(f"{what}: {_text(found)}")
                _keep(keep, f"{what} {name} {_text(found)}", image)
    for name, found_in in sure.items():
        yield f"  {name}: {len(found_in)} of {count} certain"
        if listed:
            yield from (f"    {each}" for each in found_in)


def _keep(folder: Path | None, name: str, image: bytes) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jpg").write_bytes(image)


def voted(reader: PlateReader, photos: Sequence[Labelled]) -> Iterable[str]:
    """Yield a line for each blur alone, and one for the three together."""
    found: dict[str, list[tuple[Labelled, Verdict]]] = {}
    for one in photos:
        frames = [blurred(one.path.read_bytes(), length) for length in BLURS]
        readings = {
            f"{n} px": reader.read(each, one.countries)
            for n, each in zip(BLURS, frames, strict=True)
        }
        readings["voted"] = reader.read_frames(frames, one.countries)
        for name, candidates in readings.items():
            found.setdefault(name, []).append((one, judge(candidates, one.countries)))
    for name, rows in found.items():
        right = [one.is_read_folded(_text(verdict)) for one, verdict in rows]
        sure = [ok for ok, (_, verdict) in zip(right, rows, strict=True) if verdict.is_certain()]
        yield (
            f"  {name}: {len(rows)} photographs  folded {np.mean(right):.3f}"
            f"  certain {len(sure) / len(rows):.3f}, of these wrong {len(sure) - sum(sure)}"
        )


def _text(verdict: Verdict) -> str:
    return verdict.candidate.text if verdict.candidate else ""


def main() -> None:
    """Print the figures of each part."""
    options = _options()
    every = 10_000 if options.smoke else options.every
    reader = plate_reader("rapidocr", threads=options.threads)
    assert isinstance(reader, SearchingReader)
    told = {"keep": options.keep, "listed": options.list}
    photos = labelled()
    if "signs" in options.only:
        signs = [(word, painted(word, place)) for word in WORDS for place in range(SCENES)]
        _print("signs", count_certain(reader.engine(), signs[::every], **told))
    if "plateless" in options.only and (photos or options.scenes):
        frames = scenes(options.scenes) if options.scenes else parts(photos)
        frames = islice(frames, 0, 1 if options.smoke else options.plateless, options.every)
        _print("plateless", count_certain(reader.engine(), frames, **told))
    if "frames" in options.only and photos:
        _print("frames", voted(reader, held_out(photos)[::every]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=_parts, default=PARTS, help="of signs,plateless,frames")
    parser.add_argument("--plateless", type=int, default=400, help="how many plateless frames")
    parser.add_argument("--scenes", type=Path, help="a folder of photos without a plate")
    parser.add_argument("--every", type=int, default=1, help="every n-th photo and sign only")
    parser.add_argument("--threads", type=int, default=2, help="cores for one reading")
    parser.add_argument("--list", action="store_true", help="list what is certain")
    parser.add_argument("--keep", type=Path, help="write what is certain into this folder")
    parser.add_argument("--smoke", action="store_true", help="one of each: does it run at all?")
    return parser.parse_args()


def _parts(names: str) -> tuple[str, ...]:
    """The parts of the measurement that were named, separated by commas."""
    named = tuple(names.split(","))
    if unknown := set(named) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {PARTS}")
    return named


def _print(name: str, lines: Iterable[str]) -> None:
    print(name)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
