"""Measure the time from a camera's photo to the stored decision, where our reader reads the plate.

The benchmark starts a database, a broker, the process of decisions and the plate reader in a
temporary folder. A camera publishes real photos (../shared/plates, or GATEHOUSE_SHARED: the half
that the reader was not tuned on) one after another, each when the last is decided. After each it
publishes the same car with the plate that it read itself, which is the reference: decision,
database and broker without any reading. The site expects the plates of the photos' regions.

It prints the time from publishing to the decision in the database, which is asked for every 10 ms,
and the processor time of the plate reader with its child processes for each photo.

Usage: ``python benchmarks/photo_latency.py [--every 1] [--smoke]``
"""

import argparse
import sys
import time
from itertools import chain, count
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.gate_latency import percentile  # noqa: E402
from benchmarks.parts.attacks import base64_of, camera_message  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from devices.link import Session  # noqa: E402
from tests.devices.vision.photos import COUNTRIES, held_out, labelled  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402

SERIAL = "bench-8c5f01"
LOOK_S = 0.01
TIMEOUT_S = 60.0
REGISTER = f"""
from tests.factories import *
site = SiteFactory(slug="bench", plate_countries={sorted(set(chain(*COUNTRIES.values())))})
lot = LotFactory(site=site, capacity=100000)
TariffFactory(lot=lot)
camera = DeviceFactory(site=site, code="camera", serial="{SERIAL}")
LaneFactory(gate=GateFactory(site=site), lot=lot, camera=camera, barrier=camera)
"""
DECIDED = "SELECT count(*) FROM access_decision"


class Bench:
    """A running appliance with one camera, and the plate reader."""

    def __init__(self, appliance: Appliance) -> None:
        import psycopg2

        appliance.manage("shell", "--command", REGISTER)
        appliance.ingest("gates")
        wait_for(lambda: " listens at " in appliance.log_of("gates"), "gates is subscribed")
        process = appliance.read_plates().process
        assert process is not None
        self._reader = psutil.Process(process.pid)
        wait_for(lambda: "Reading plates" in appliance.log_of("plates"), "the engine is loaded")
        self._database: Any = psycopg2.connect(appliance.environment["DATABASE_URL"])
        self._database.autocommit = True
        self._session = Session(appliance.mqtt_url, "bench-camera", [])
        wait_for(
            lambda: bool(self._session.receive(0, 0.05)) or self._session.connected, "it connects"
        )
        self._numbers = count()

    def decided_after(self, **result: object) -> float:
        """Publish an event of the camera; return the seconds until its decision is stored."""
        before, began = self._decisions(), time.perf_counter()
        self._session.publish(*camera_message(SERIAL, next(self._numbers), **result))
        while self._decisions() == before:
            if time.perf_counter() > began + TIMEOUT_S:
                raise TimeoutError("no decision")
            self._session.receive(0, LOOK_S)
        return time.perf_counter() - began

    def processor_time(self) -> float:
        """Return the seconds of the plate reader and its children so far."""
        everyone = [self._reader, *self._reader.children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in everyone)

    def _decisions(self) -> int:
        with self._database.cursor() as cursor:
            cursor.execute(DECIDED)
            return int(cursor.fetchone()[0])


def measure(bench: Bench, photos: list[Path]) -> None:
    """Publish the photos, and print the times."""
    read, bare, spent = [], [], []
    for n, path in enumerate(photos):
        before = bench.processor_time()
        image = base64_of(path.read_bytes())
        read.append(bench.decided_after(license=base64_of("_无_".encode()), imageFile=image))
        spent.append(bench.processor_time() - before)
        bare.append(bench.decided_after(license=base64_of(f"沪B{n:05d}".encode()), imageFile=image))
    reference = percentile(bare, 50)
    for name, times in (("photo, read here", read), ("read by the camera", bare)):
        p50, p95 = (percentile(times, p) for p in (50, 95))
        print(
            f"{name:<20} to the decision  p50 {p50 * 1000:6.0f} ms  p95 {p95 * 1000:6.0f} ms  "
            f"{p50 / reference:5.1f} of the camera's reading  n={len(times)}"
        )
    p50, p95 = (percentile(spent, p) * 1000 for p in (50, 95))
    print(f"processor time of the plate reader a photo  p50 {p50:.0f} ms  p95 {p95:.0f} ms")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="use each n-th photo only")
    parser.add_argument("--smoke", action="store_true", help="two photos: does it run at all?")
    options = parser.parse_args()
    photos = [each.path for each in held_out(labelled())][:: options.every]
    with running_appliance() as appliance:
        measure(Bench(appliance), photos[:2] if options.smoke else photos)


if __name__ == "__main__":
    main()
