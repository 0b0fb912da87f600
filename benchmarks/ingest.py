"""How fast telemetry goes from the broker into the table, and what it costs the gates' machine.

It starts the appliance's own database and broker in a folder of its own, so nothing else has to
run. Two figures are taken:

- *flood*: four `mosquitto_pub` publish with QoS 1 as fast as they can; messages a second until the
  last row is committed. `mosquitto_sub` receives the same stream in the same run: the ratio of
  the two says what is left to gain.
- *steady*: so many messages a second are published; processor time of each process.

Usage: ``python benchmarks/ingest.py [--messages 40000] [--seconds 15]``
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

import psutil  # noqa: E402

from config.appliance.records import wait_until  # noqa: E402
from tests.faults.appliance import Appliance, until  # noqa: E402
from tests.faults.stream import Publisher  # noqa: E402

DEVICES = 200
PUBLISHERS = 4
TICKS = 20  # parts of a second in which the paced stream is published
COUNT = "SELECT count(*) FROM telemetry_measurement"
FILTER = "gh/v1/+/+/up/telemetry"
REGISTER = f"""
from tests.factories import DeviceFactory, SiteFactory
site = SiteFactory(slug="bench")
for n in range({DEVICES}):
    DeviceFactory(site=site, code=f"meter-{{n}}", kind="meter", driver="gatehouse")
"""


def topic_of(device: int) -> str:
    """Where that device publishes."""
    return f"gh/v1/bench/meter-{device}/up/telemetry"


def stream(begin: datetime, n: int, metrics: int) -> Iterator[bytes]:
    """One device's payloads of so many metrics each, none of them twice."""
    for i in range(n):
        at = begin + timedelta(milliseconds=i)
        values = {f"metric.{m}": i + m / 8 for m in range(metrics)}
        yield json.dumps({"v": 1, "id": f"{i:x}", "at": at.isoformat(), "m": values}).encode()


class Bench:
    """An appliance of its own, and the consumers that are measured on it."""

    def __init__(self, appliance: Appliance) -> None:
        self.appliance = appliance
        self._begin = datetime.now(UTC) - timedelta(days=1)

    def flood_sub(self, n: int, metrics: int) -> float:
        """Messages a second that `mosquitto_sub` receives."""
        how = ("-q", "1", "-V", "5", "-D", "connect", "receive-maximum", "2000", "-C", str(n))
        command = ("mosquitto_sub", *self._login(), *how, "-t", FILTER)
        consumer = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(1)  # it does not say when it has subscribed
        with self._publishers(n, metrics) as began:
            consumer.wait(300)
            return n / (time.perf_counter() - began)

    def flood_ingest(self, n: int, metrics: int) -> float:
        """Messages a second that the ingest process commits."""
        goal = self.appliance.number(COUNT) + n * metrics
        with self._publishers(n, metrics) as began:
            assert wait_until(lambda: self.appliance.number(COUNT) >= goal, 300, step=0.05)
            return n / (time.perf_counter() - began)

    @contextmanager
    def _publishers(self, n: int, metrics: int) -> Iterator[float]:
        """Publish as fast as possible; yields when it began, by the monotonic clock."""
        share = n // PUBLISHERS
        files = [self._write(i, share, metrics) for i in range(PUBLISHERS)]
        self._begin += timedelta(milliseconds=share)
        began = time.perf_counter()
        running = [
            subprocess.Popen(
                ("mosquitto_pub", *self._login(), "-q", "1", "-l", "-t", topic_of(i)),
                stdin=file.open("rb"),
            )
            for i, file in enumerate(files)
        ]
        yield began
        for publisher in running:
            publisher.wait()

    def _write(self, device: int, n: int, metrics: int) -> Path:
        path = self.appliance.home.root / f"stream-{device}"
        path.write_bytes(b"".join(line + b"\n" for line in stream(self._begin, n, metrics)))
        return path

    def _login(self) -> tuple[str, ...]:
        plan = self.appliance.plan
        where = ("-h", plan.broker_host, "-p", str(plan.broker_port))
        return (*where, "-u", "backend", "-P", plan.secrets["GATEHOUSE_BROKER_PASSWORD"])

    def steady(self, pid: int, rate: int, seconds: int) -> str:
        """Publish at the rate and say what that costs each process."""
        goal = self.appliance.number(COUNT) + rate * seconds
        servers = {"ingest": pid, "PostgreSQL": self.appliance.database.process.pid}
        servers["the broker"] = self.appliance.broker.process.pid
        spent, began = [cpu_seconds(each) for each in servers.values()], time.perf_counter()
        self._publish_paced(rate, seconds, began)
        took = time.perf_counter() - began
        assert wait_until(lambda: self.appliance.number(COUNT) >= goal, 60, step=0.05)
        costs = ", ".join(
            f"{name} {(cpu_seconds(each) - before) / took:.0%}"
            for (name, each), before in zip(servers.items(), spent, strict=True)
        )
        return f"{rate * seconds / took:,.0f} msg/s; of one core: {costs}"

    def _publish_paced(self, rate: int, seconds: int, began: float) -> None:
        publisher = Publisher(self.appliance.mqtt_url, live(rate * seconds))
        for tick in range(seconds * TICKS):
            time.sleep(max(0.0, began + tick / TICKS - time.perf_counter()))
            part = publisher.publish(rate // TICKS)
        part.join()
        publisher.stop()


def live(n: int) -> Iterator[tuple[str, bytes]]:
    """So many messages, each made when it is published."""
    for i in range(n):
        said = {"v": 1, "id": i, "at": datetime.now(UTC).isoformat(), "m": {"live": i}}
        yield topic_of(i % DEVICES), json.dumps(said).encode()


def cpu_seconds(pid: int) -> float:
    """Processor seconds that the process and those it started have used."""
    leader = psutil.Process(pid)
    times = [each.cpu_times() for each in (leader, *leader.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--seconds", type=int, default=15)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
    appliance = Appliance(folder)
    try:
        appliance.start()
        appliance.manage("shell", "--command", REGISTER)
        measure(Bench(appliance), options.messages, options.seconds)
    finally:
        appliance.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(bench: Bench, messages: int, seconds: int) -> None:
    """Take every figure once and print it."""
    ceilings = {metrics: bench.flood_sub(messages, metrics) for metrics in (1, 6)}
    ingest = bench.appliance.ingest("telemetry")
    until(lambda: "telemetry-0 listens" in bench.appliance.log_of("telemetry"), "ingest listens")
    for metrics, ceiling in ceilings.items():
        rate = bench.flood_ingest(messages, metrics)
        print(
            f"flood, rows a message {metrics}: {rate:,.0f} msg/s, {rate * metrics:,.0f} rows/s; "
            f"mosquitto_sub {ceiling:,.0f} msg/s; ratio {rate / ceiling:.2f}"
        )
    for rate in (1000, 3000):
        print(f"steady {rate}: {bench.steady(ingest.process.pid, rate, seconds)}")


if __name__ == "__main__":
    main()
