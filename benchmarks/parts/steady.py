"""Telemetry of the devices of a benchmark at an even rate, until the process ends.

`python benchmarks/parts/steady.py URL RATE METRIC...` publishes so many messages a second, with a
value of each metric.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from benchmarks.parts import flood  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402
from tests.faults.stream import Publisher  # noqa: E402

METERS = 200
_TICKS = 20  # parts of a second in which messages are published
_COUNT = "SELECT count(*) FROM telemetry_measurement"


@contextmanager
def telemetry(appliance: Appliance, rate: int, metrics: Sequence[str]) -> Iterator[None]:
    """Publish telemetry during the block, which begins once it is stored."""
    before = appliance.number(_COUNT)
    command = [sys.executable, __file__, appliance.mqtt_url, str(rate), *metrics]
    load = subprocess.Popen(command)
    try:
        wait_for(lambda: appliance.number(_COUNT) > before + rate, "telemetry is stored")
        yield
    finally:
        load.terminate()
        load.wait()


def _readings(metrics: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for n in count():
        at = datetime.now(UTC).isoformat()
        body = {"v": 1, "id": f"{n:x}", "at": at, "m": dict.fromkeys(metrics, n % 4000)}
        yield flood.topic_of("gh", n % METERS), json.dumps(body).encode()


def main() -> None:
    """Publish until the process ends."""
    url, rate, *metrics = sys.argv[1:]
    publisher, began = Publisher(url, _readings(metrics)), time.perf_counter()
    for n in count(1):
        publisher.publish(int(rate) // _TICKS).join()
        time.sleep(max(0.0, began + n / _TICKS - time.perf_counter()))


if __name__ == "__main__":
    main()
