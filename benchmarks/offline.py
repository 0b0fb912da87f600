"""Measure how fast the records of a camera that was offline are taken, and the gate beside them.

A camera at an entry was offline for a night and sends its records at once, flagged as such; then
the camera at the exit does the same for the same cars. Meanwhile residents' cars arrive at another
lane. Printed are the records taken a second, and the time from a car's event to the open command
beside them and before them.

Usage: ``python benchmarks/offline.py [--records 3000] [--cars 40] [--smoke]``
"""

import argparse
import base64
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.gate_latency import SERIAL, Field, VzenithLane, percentile  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402
from tests.faults.stream import Publisher  # noqa: E402

ENTRY, EXIT = "bench-offline-in", "bench-offline-out"
NIGHT, STAYED = timedelta(hours=12), timedelta(hours=3)
# After so long without a further record, the rest was dropped.
PATIENCE_S = 30.0
REGISTER = f"""
from tests.factories import *
site = SiteFactory(slug="bench")
lot = LotFactory(site=site, capacity=1000000)
TariffFactory(lot=lot)
gate = GateFactory(site=site)
for serial, way in (("{SERIAL}", "entry"), ("{ENTRY}", "entry"), ("{EXIT}", "exit")):
    camera = DeviceFactory(site=site, code=serial, serial=serial)
    LaneFactory(gate=gate, lot=lot, camera=camera, barrier=camera, direction=way)
for n in range({{cars}}):
    VehicleFactory(person__site=site, plate=f"沪B{{{{n:05d}}}}")
"""
_ids = count(1)


def record(serial: str, plate: str, at: datetime) -> tuple[str, bytes]:
    """Return topic and payload of a record that a Vzenith camera made while it was offline."""
    result = {
        "license": base64.b64encode(plate.encode()).decode(),
        "confidence": 99,
        "colorType": 1,
        "triggerType": 1,
        "isoffline": 1,
        "timeStamp": {"Timeval": {"sec": int(at.timestamp()), "usec": at.microsecond}},
    }
    body = {
        "id": f"r{next(_ids)}",
        "sn": serial,
        "name": "ivs_result",
        "timestamp": int(time.time()),
        "payload": {"AlarmInfoPlate": {"serialno": serial, "result": {"PlateResult": result}}},
    }
    return f"{serial}/device/message/up/ivs_result", json.dumps(body).encode()


def records(serial: str, number: int, begins: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield the records of a night, one of each car."""
    for n in range(number):
        yield record(serial, f"沪D{n:05d}", begins + n * (NIGHT - STAYED) / (2 * number))


class Bench:
    """A running appliance, and a lane that is in use."""

    def __init__(self, appliance: Appliance, cars: int) -> None:
        self._appliance, self._cars = appliance, cars
        self._plates = (f"沪B{n:05d}" for n in count())
        appliance.manage("shell", "--command", REGISTER.format(cars=50 * cars))
        appliance.ingest("gates")
        wait_for(lambda: " listens at " in appliance.log_of("gates"), "gates is subscribed")
        self._lane = VzenithLane()
        self._field = Field(appliance.mqtt_url, [VzenithLane.down])

    def measure(self, number: int) -> None:
        """Send the records of both cameras, and measure the gate before and beside them."""
        begins = datetime.now(UTC) - NIGHT
        for _ in range(min(10, self._cars)):
            self._car()
        idle = [self._car() for _ in range(self._cars)]
        self._print("idle", idle)
        for serial, at in ((ENTRY, begins), (EXIT, begins + STAYED)):
            self._measure(serial, number, at)

    def _measure(self, serial: str, number: int, begins: datetime) -> None:
        publisher = Publisher(self._appliance.mqtt_url, records(serial, number, begins))
        began, times = time.perf_counter(), []
        publisher.publish(number).join()
        taken, changed_at = 0, began
        while taken < number and time.perf_counter() < changed_at + PATIENCE_S:
            times.append(self._car())
            before, taken = taken, self._taken(serial)
            changed_at = time.perf_counter() if taken > before else changed_at
        took = changed_at - began
        print(f"{serial}: {taken} of {number} records taken, {taken / took:,.0f} a second")
        self._print("beside them", times)

    def _taken(self, serial: str) -> int:
        return self._appliance.number(
            "SELECT count(*) FROM access_passage WHERE device_id ="  # noqa: S608
            f" (SELECT id FROM devices_device WHERE serial = '{serial}')"
        )

    def _car(self) -> float:
        return self._field.car(self._lane, next(self._plates))

    def _print(self, title: str, times: list[float]) -> None:
        p50, p99 = (percentile(times, p) * 1000 for p in (50, 99))
        print(f"  gate, {title:<12} p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  n={len(times)}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000, help="of each camera")
    parser.add_argument("--cars", type=int, default=40, help="at the idle gate")
    parser.add_argument("--smoke", action="store_true", help="a few of each: does it run at all?")
    options = parser.parse_args()
    with running_appliance() as appliance:
        bench = Bench(appliance, 2 if options.smoke else options.cars)
        bench.measure(20 if options.smoke else options.records)


if __name__ == "__main__":
    main()
