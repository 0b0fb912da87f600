"""Every benchmark runs from a bare shell, at its smallest size."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.appliance.broker import find_mosquitto
from tests.devices.vision.photos import FOLDER
from tests.faults.migrated_home import migrated_home as migrated_home

ROOT: Path = settings.BASE_DIR
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))
# What a benchmark prints once it has measured something.
FIGURES = {
    "alarms": "16 events of 8 processes: 1 incident, count 16",
    "billing": "INSERT … SELECT",
    "console": "pages over their bar",
    "day": "exits first",
    "doors": "lost card refused at 2 of 2 doors",
    "faces": "liveness: unavailable",
    "feeds": "30 of 30 deliveries",
    "flood": "retained messages in the broker afterwards",
    "gate_latency": "telemetry committed meanwhile",
    "imports": "peak memory after",
    "ingest": "lost or different rows: 0",
    "pay_to_open": "webhook to open command",
    "offline": "bench-offline-out: 20 of 20 records taken",
    "photo_latency": "processor time of the plate reader",
    "plates": "certain",
    "plate_doubts": "certain",
    "plate_region": "ceiling",
    "pricing": "one day times the segments",
    "row_shapes": "jsonb",
    "stays": "decisions/s",
    "series": "the latest of every device",
    "triage": "pages over their bar of 300 ms",
}
# It needs no tables, so the database of the tests will do; the others copy a home that has them.
TAKES_DATABASE = "row_shapes"
TAKE_BROKER = (
    "alarms",
    "doors",
    "flood",
    "gate_latency",
    "ingest",
    "offline",
    "pay_to_open",
    "stays",
    "photo_latency",
)
TAKE_PHOTOS = ("photo_latency", "plate_region", "plates")
# Variables of the test run that a person who types `make bench` does not have.
OF_THE_TESTS = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "PYTHONPATH")


def bare_environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name not in OF_THE_TESTS and not name.startswith("GATEHOUSE_")
    }


def test_every_benchmark_is_covered() -> None:
    assert [file.stem for file in BENCHMARKS] == sorted(FIGURES)


@pytest.mark.parametrize("file", BENCHMARKS, ids=lambda file: file.stem)
def test_a_benchmark_runs_to_its_end_and_prints_figures(file: Path, migrated_home: Path) -> None:
    if file.stem in TAKE_BROKER and not find_mosquitto():
        pytest.skip("mosquitto is not installed")
    if file.stem == "ingest" and not shutil.which("mosquitto_sub"):
        pytest.skip("mosquitto-clients is not installed")
    if file.stem in TAKE_PHOTOS and not FOLDER.is_dir():
        pytest.skip(f"{FOLDER} is not there")
    server = ("--database", os.environ["DATABASE_URL"]) if file.stem == TAKES_DATABASE else ()
    done = subprocess.run(
        [sys.executable, str(file), "--smoke", *server],
        cwd=ROOT,
        env={**bare_environment(), "GATEHOUSE_MIGRATED_HOME": str(migrated_home)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert FIGURES[file.stem] in done.stdout
