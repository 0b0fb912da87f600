"""Measure how accurately and how fast number plates are read from real photos.

Over the half of the labelled photos (../shared/plates, or GATEHOUSE_SHARED) that the reader was not
tuned on, or over all with --all, it prints for each region, whose countries the site has set:

- exact: share of readings equal to the label; folded: with O and Q read as 0 and I as 1, as the
  labels do themselves;
- certain: share of readings that may open a barrier without a person
  (`devices.vision.certainty`), and how many of those are right, folded;
- p50 and p95 of the time of one reading, from bytes to candidates;
- the ceiling, measured photo by photo in the same run: one plain pass of rapidocr over the whole
  frame (detector and recogniser, no direction classifier), and how often the plate is among its
  lines. The ratio is the cost of one reading in such passes.

With --photos it reads those that a site exported (console, Plate accuracy) and prints the figures
of each camera; the site's countries are in the labels.

Usage: ``python benchmarks/plates.py [--all] [--every 1] [--threads 2] [--wrong] [--smoke]
[--photos FOLDER]``
"""

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from devices.vision.certainty import Verdict, judge  # noqa: E402
from devices.vision.plates import plate_reader  # noqa: E402
from tests.devices.vision.photos import (  # noqa: E402
    FOLDER,
    Labelled,
    exported,
    held_out,
    labelled,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One photo, read by the product and by plain rapidocr."""

    one: Labelled
    verdict: Verdict
    seconds: float
    bare_found: bool
    bare_seconds: float

    @property
    def text(self) -> str:
        return self.verdict.candidate.text if self.verdict.candidate else ""

    @property
    def exact(self) -> bool:
        return self.one.is_read(self.text)

    @property
    def folded(self) -> bool:
        return self.one.is_read_folded(self.text)


class Bare:
    """The ceiling: rapidocr with its defaults, without the classifier of upside-down text."""

    def __init__(self, threads: int) -> None:
        from rapidocr import RapidOCR

        settings = {
            "Global.use_cls": False,
            "Global.log_level": "error",
            "Det.limit_type": "max",
            "Det.limit_side_len": 960,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        }
        self._engine = RapidOCR(params=settings)

    def texts(self, image: bytes) -> tuple[str, ...]:
        return tuple(getattr(self._engine(image), "txts", None) or ())


def measure(photos: list[Labelled], threads: int) -> list[Row]:
    """Read each photo both ways; the first one twice, since that loads the networks."""
    reader, bare = plate_reader("rapidocr", threads=threads), Bare(threads)
    first = photos[0].path.read_bytes()
    reader.read(first)
    bare.texts(first)
    rows = []
    for one in photos:
        image = one.path.read_bytes()
        started = time.perf_counter()
        verdict = judge(reader.read(image, one.countries), one.countries)
        between = time.perf_counter()
        texts = bare.texts(image)
        ended = time.perf_counter()
        seen = any(one.is_read_folded(text) for text in texts)
        rows.append(Row(one, verdict, between - started, seen, ended - between))
    return rows


def report(name: str, rows: list[Row]) -> str:
    """Format one line of figures."""
    sure = [row for row in rows if row.verdict.is_certain()]
    right = sum(row.folded for row in sure) / len(sure) if sure else float("nan")
    half, most = np.percentile([row.seconds for row in rows], (50, 95))
    bare = float(np.median([row.bare_seconds for row in rows]))
    return (
        f"{name:6} {len(rows):4} photographs"
        f"  exact {mean(row.exact for row in rows):.3f}"
        f"  folded {mean(row.folded for row in rows):.3f}"
        f"  certain {len(sure) / len(rows):.3f} right {right:.3f}"
        f"  p50 {half * 1000:.0f} ms  p95 {most * 1000:.0f} ms"
        f"  ceiling {mean(row.bare_found for row in rows):.3f} in {bare * 1000:.0f} ms"
        f"  ratio {half / bare:.2f}"
    )


def mean(values: Iterable[bool]) -> float:
    """Return the share of true values."""
    return float(np.mean(list(values)))


def chosen(folder: Path | None, *, everything: bool) -> list[Labelled]:
    """Return the photos of a site's folder; else those that nothing was tuned on, or all."""
    if folder is not None:
        return exported(folder)
    return labelled() if everything else held_out(labelled())


def main() -> None:
    """Print one line per region and one for all photos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="the half for tuning as well")
    parser.add_argument("--photos", type=Path, help="a folder that a site exported, unzipped")
    parser.add_argument("--every", type=int, default=1, help="read every n-th photo only")
    parser.add_argument("--threads", type=int, default=2, help="cores for one reading")
    parser.add_argument("--wrong", action="store_true", help="list what was misread")
    parser.add_argument("--smoke", action="store_true", help="two photos: does it run at all?")
    options = parser.parse_args()
    photos = chosen(options.photos, everything=options.all)
    photos = photos[:: options.every]
    if options.smoke:
        photos = photos[:: max(1, len(photos) - 1)]
    if not photos:
        where = options.photos or f"{FOLDER}; set GATEHOUSE_SHARED to where they are"
        sys.exit(f"no photos at {where}")
    rows = measure(photos, options.threads)
    for region in dict.fromkeys(row.one.region for row in rows):
        print(report(region, [row for row in rows if row.one.region == region]))
    print(report("all", rows))
    if options.wrong:
        for row in (row for row in rows if not row.folded):
            found = row.verdict.candidate
            read = f"{found.text} {found.confidence:.2f}" if found else "nothing"
            print(f"  {row.one.path.name}: {row.one.text} read as {read}")


if __name__ == "__main__":
    main()
