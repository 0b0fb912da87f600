"""Measure what a reading costs where a region of a quarter of a 1280 x 720 picture is set.

Each labelled photo of the half that the reader was not tuned on (../shared/plates, or
GATEHOUSE_SHARED) is fitted into the region of a grey picture and read on one core. It prints

- folded, certain and right, as `plates.py` does;
- p50 and p95 of the processor time of one reading, without the process that decodes the photo;
- the ceiling, measured photo by photo in the same run: the detector once, over the region at the
  scale of the first look, and the recogniser once, on a crop of 48 x 160. No reading can do with
  less. The ratio is a reading's cost in such runs.

Usage: ``python benchmarks/plate_region.py [--every 1] [--smoke]``
"""

import argparse
import os
import sys
import time
from pathlib import Path

# Before NumPy is loaded: threads that wait in vain count as work of this process.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from devices.vision.certainty import judge  # noqa: E402
from devices.vision.parts import resized  # noqa: E402
from devices.vision.plates import plate_reader  # noqa: E402
from devices.vision.rapidocr_reader import Networks  # noqa: E402
from devices.vision.region import Region  # noqa: E402
from devices.vision.search import FIRST_LOOK_PIXELS  # noqa: E402
from tests.devices.vision.photos import FOLDER, Labelled, held_out, labelled  # noqa: E402

WIDTH, HEIGHT = 1280, 720
GREY = 90
QUARTER = Region(((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
CROP = (160, 48)


def scene(one: Labelled) -> np.ndarray:
    """Return the picture with the photo in the region, its sides in proportion."""
    photo = cv2.imread(str(one.path))
    assert photo is not None
    left, top, right, bottom = WIDTH // 4, HEIGHT // 4, WIDTH * 3 // 4, HEIGHT * 3 // 4
    scale = min((right - left) / photo.shape[1], (bottom - top) / photo.shape[0])
    small = resized(photo, (int(photo.shape[1] * scale), int(photo.shape[0] * scale)))
    picture = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    x, y = (WIDTH - small.shape[1]) // 2, (HEIGHT - small.shape[0]) // 2
    picture[y : y + small.shape[0], x : x + small.shape[1]] = small
    return picture


def bare(networks: Networks, picture: np.ndarray) -> None:
    """Run both networks once: the least that a look at the region takes."""
    left, top, right, bottom = QUARTER.bounds(WIDTH, HEIGHT)
    scale = (FIRST_LOOK_PIXELS / (WIDTH * HEIGHT)) ** 0.5
    size = round((right - left) * scale), round((bottom - top) * scale)
    networks.detect(resized(picture[top:bottom, left:right], size))
    networks.recognise([resized(picture[top:bottom, left:right], CROP)])


def main() -> None:
    """Print one line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="every n-th photo only")
    parser.add_argument("--smoke", action="store_true", help="two photos: does it run at all?")
    options = parser.parse_args()
    photos = held_out(labelled())[:: options.every]
    photos = photos[:2] if options.smoke else photos
    if not photos:
        sys.exit(f"no photos at {FOLDER}; set GATEHOUSE_SHARED to where they are")
    cv2.setNumThreads(1)
    print(report(photos))


def report(photos: list[Labelled]) -> str:
    """Read the photos, the first one once more at the start, since that loads the networks."""
    reader, networks = plate_reader("rapidocr", threads=1), Networks(1)
    reader.read(photos[0].path.read_bytes())
    bare(networks, scene(photos[0]))
    times, floors, right, sure = [], [], [], []
    for one in photos:
        picture = scene(one)
        image = cv2.imencode(".jpg", picture)[1].tobytes()
        started = time.process_time()
        found = reader.read(image, one.countries, QUARTER)
        between = time.process_time()
        bare(networks, picture)
        floors.append((time.process_time() - between) * 1000)
        times.append((between - started) * 1000)
        verdict = judge(found, one.countries)
        text = verdict.candidate.text if verdict.candidate else ""
        right.append(one.is_read_folded(text))
        sure.append(verdict.is_certain())
    half, most = np.percentile(times, (50, 95))
    ceiling = float(np.median(floors))
    certain = [ok for ok, is_sure in zip(right, sure, strict=True) if is_sure]
    return (
        f"{len(photos)} photographs  folded {np.mean(right):.3f}"
        f"  certain {np.mean(sure):.3f} right {np.mean(certain) if certain else float('nan'):.3f}"
        f"  p50 {half:.0f} CPU-ms  p95 {most:.0f} CPU-ms"
        f"  ceiling {ceiling:.0f} CPU-ms  ratio {half / ceiling:.2f}"
    )


if __name__ == "__main__":
    main()
