"""Measure what must not open a barrier: signs, scenes without a plate, and blurred frames.

- signs: thirty words and telephone numbers, each painted into three scenes, once for the countries
  of each set: how many of the 90 are certain (`devices.vision.certainty`). None should be.
- plateless: parts of the labelled photos (../shared/plates, or GATEHOUSE_SHARED) that no plate
  touches, once for each set: how many are certain. None should be.
- frames: each photo of the half that the reader was not tuned on, as three frames with a motion
  blur of 7, 5 and 3 pixels: share read right, folded, from each alone and from the three together,
  with the share of certain readings, and how many of those are right.

Usage: ``python benchmarks/plate_doubts.py [--every 1] [--threads 2] [--list] [--smoke]``
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from devices.vision.certainty import Verdict, judge  # noqa: E402
from devices.vision.plates import PlateReader, plate_reader  # noqa: E402
from tests.devices.vision.photos import COUNTRIES, Labelled, held_out, labelled  # noqa: E402
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
#: Of a part without a plate, in pixels, and how far it stays away from the plate.
PART, DISTANCE = (320, 200), 10
ATTEMPTS = 40


def blurred(image: bytes, length: int) -> bytes:
    """Return the photo as taken while the car moved by so many pixels."""
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    pixels = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    moved = cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return _jpeg(moved)


def plateless(one: Labelled) -> bytes | None:
    """Return a part of a photo that its plate does not touch; None where there is none."""
    pixels = cv2.imdecode(np.frombuffer(one.path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    height, width = pixels.shape[:2]
    label = one.path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()[0]
    x, y, w, h = (round(float(value)) for value in label.split("\t")[1:5])
    across, down = min(PART[0], width // 2), min(PART[1], height // 2)
    chance = Random(one.path.name)
    for _ in range(ATTEMPTS):
        left, top = chance.randint(0, width - across), chance.randint(0, height - down)
        beside = left + across < x - DISTANCE or left > x + w + DISTANCE
        if beside or top + down < y - DISTANCE or top > y + h + DISTANCE:
            return _jpeg(pixels[top : top + down, left : left + across])
    return None


def _jpeg(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def count_certain(
    reader: PlateReader, images: Sequence[tuple[str, bytes]], *, listed: bool
) -> Iterable[str]:
    """Yield a line for each set of countries."""
    for name, countries in SETS.items():
        verdicts = [
            (what, judge(reader.read(image, countries), countries)) for what, image in images
        ]
        sure = [(what, found) for what, found in verdicts if found.is_certain()]
        yield f"  {name}: {len(sure)} of {len(images)} certain"
        if listed:
            yield from (f"    {what}: {_text(found)}" for what, found in sure)


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="every n-th photo and sign only")
    parser.add_argument("--threads", type=int, default=2, help="cores for one reading")
    parser.add_argument("--list", action="store_true", help="list what is certain")
    parser.add_argument("--smoke", action="store_true", help="one of each: does it run at all?")
    options = parser.parse_args()
    every = 10_000 if options.smoke else options.every
    reader = plate_reader("rapidocr", threads=options.threads)
    signs = [(word, painted(word, place)) for word in WORDS for place in range(SCENES)]
    photos = held_out(labelled())[::every]
    parts = [(one.path.name, part) for one in photos if (part := plateless(one))]
    _print("signs", count_certain(reader, signs[::every], listed=options.list))
    if photos:
        _print("plateless", count_certain(reader, parts, listed=options.list))
        _print("frames", voted(reader, photos))


def _print(name: str, lines: Iterable[str]) -> None:
    print(name)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
