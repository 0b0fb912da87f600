"""Measure how fast telemetry is stored, from the broker to the committed row, and its CPU cost.

The benchmark starts a database, a broker and the ingest process in a temporary folder. 200 devices
(`parts/flood.py`) publish with QoS 1 as fast as the broker accepts it, first messages of one
metric, then of six. The rate counts messages until the last row is committed.

- One ceiling is `mosquitto_sub` (Debian's mosquitto-clients), which receives the same messages and
  stores none; its rounds alternate with ours.
- The other ceiling is `psql \\copy` of the same rows into a table with the same key.
- No loss: each row of each round is compared with the one published.
- No duplicates: the last round is published again and must add no row.

Usage: ``python benchmarks/ingest.py [--messages 60000] [--rounds 3] [--smoke]``
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

import psutil  # noqa: E402

from benchmarks.parts import flood  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from config.appliance.postgres import binary  # noqa: E402
from config.appliance.records import wait_until  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402

DEVICES, PUBLISHERS = 200, 4
# First levels of the topics; only `mosquitto_sub` subscribes to the second.
OURS, CEILING = "gh", "gc"
TIMEOUT_S = 300
COUNT = "SELECT count(*) FROM telemetry_measurement"
REGISTER = f"""
from tests.factories import DeviceFactory, SiteFactory
site = SiteFactory(slug="{flood.SITE}")
for n in range({DEVICES}):
    DeviceFactory(site=site, code=f"meter-{{n}}", kind="meter", driver="gatehouse", serial=None)
"""
# The same columns and the same key as the product's table, without partitions.
COPIED = """
CREATE TABLE copied (device_id bigint, metric_id integer, at timestamptz, received_at timestamptz,
    value double precision, PRIMARY KEY (device_id, metric_id, at))
"""
# The broker keeps the order of each device: once its last message is stored, all are.
LAST = "SELECT count(*) FROM telemetry_latest WHERE at = %s"
DIFFERENT = """
SELECT count(*) FROM (SELECT device_id, metric_id, at, value FROM telemetry_measurement) AS stored
FULL JOIN copied USING (device_id, metric_id, at) WHERE stored.value IS DISTINCT FROM copied.value
"""


@dataclass
class Figures:
    """The results of one message size, each list by round."""

    metrics: int
    ours: list[float] = field(default_factory=list)
    ceiling: list[float] = field(default_factory=list)
    copied: list[float] = field(default_factory=list)
    costs: list[dict[str, float]] = field(default_factory=list)

    def __str__(self) -> str:
        size = len(flood.payload(100, 1000, self.metrics, datetime.now(UTC)))
        ours, ceiling, copied = map(statistics.median, (self.ours, self.ceiling, self.copied))
        costs = ", ".join(
            f"{name} {statistics.median(cost[name] for cost in self.costs) * 1e6:.1f}"
            for name in self.costs[0]
        )
        return (
            f"{self.metrics} rows a message of {size} bytes, median of {len(self.ours)} rounds:\n"
            f"  {ours:,.0f} msg/s ({min(self.ours):,.0f} to {max(self.ours):,.0f}), "
            f"{ours * self.metrics:,.0f} rows/s\n"
            f"  {ours / ceiling:.2f} of mosquitto_sub's {ceiling:,.0f} msg/s "
            f"({min(self.ceiling):,.0f} to {max(self.ceiling):,.0f})\n"
            f"  {ours * self.metrics / copied:.2f} of \\copy's {copied:,.0f} rows/s\n"
            f"  processor µs a message: {costs}"
        )


class Bench:
    """A running appliance, and the consumers that are measured on it."""

    def __init__(self, appliance: Appliance, messages: int) -> None:
        self._appliance = appliance
        self._messages = messages // DEVICES * DEVICES
        self._begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        self._publisher_cpu_s = 0.0  # of the last flood
        appliance.manage("shell", "--command", REGISTER)
        appliance.execute(COPIED)
        self._ingest = appliance.ingest("telemetry")
        wait_for(lambda: " listens at " in appliance.log_of("telemetry"), "ingest is subscribed")

    def round(self, figures: Figures) -> None:
        """Measure ingest and both ceilings once."""
        self._begin += timedelta(milliseconds=self._messages // DEVICES)
        figures.ceiling.append(self._mosquitto_sub(figures.metrics))
        rate, cost = self._flood(figures.metrics, self._messages)
        figures.ours.append(rate)
        figures.costs.append(cost)
        figures.copied.append(self._copy(figures.metrics))

    def again(self, metrics: int) -> tuple[float, int]:
        """Publish the last round again; return messages a second and how many rows it added.

        One new message of each device follows, so that its row marks the end of the round.
        """
        before, n = self._appliance.number(COUNT), self._messages + DEVICES
        rate, _ = self._flood(metrics, n)
        return rate, self._appliance.number(COUNT) - before - DEVICES * metrics

    def different(self) -> int:
        """Count rows that are missing, unexpected, or different from those published."""
        return self._appliance.number(DIFFERENT)

    def clear(self) -> None:
        """Empty the tables and move to timestamps that were not used yet."""
        self._appliance.execute("TRUNCATE telemetry_measurement, copied")
        self._begin += timedelta(minutes=10)

    def _mosquitto_sub(self, metrics: int) -> float:
        """Return the messages a second that `mosquitto_sub` receives."""
        login = self._appliance.mosquitto_login()
        how = ("-q", "1", "-V", "5", "-D", "connect", "receive-maximum", "2000")
        filters = ("-C", str(self._messages), "-t", f"{CEILING}/v1/+/+/up/telemetry")
        consumer = subprocess.Popen(
            ("mosquitto_sub", *login, *how, *filters), stdout=subprocess.DEVNULL
        )
        time.sleep(0.5)  # it prints no message when it has subscribed
        with self._publishers(CEILING, metrics, self._messages) as began:
            consumer.wait(TIMEOUT_S)
            return self._messages / (time.perf_counter() - began)

    def _flood(self, metrics: int, n: int) -> tuple[float, dict[str, float]]:
        """Return messages a second until the last row, and CPU seconds per message by process."""
        last = self._begin + timedelta(milliseconds=n // DEVICES - 1)
        parts = {"ingest": self._ingest, "PostgreSQL": self._appliance.database}
        parts["broker"] = self._appliance.broker
        before = {name: cpu_seconds(part.process.pid) for name, part in parts.items()}
        with self._publishers(OURS, metrics, n) as began:
            assert wait_until(
                lambda: self._appliance.number(LAST, [last]) == DEVICES * metrics,
                TIMEOUT_S,
                step=0.05,
            )
            rate = n / (time.perf_counter() - began)
        costs = {
            name: (cpu_seconds(part.process.pid) - before[name]) / n for name, part in parts.items()
        }
        return rate, costs | {"publishers": self._publisher_cpu_s / n}

    @contextmanager
    def _publishers(self, prefix: str, metrics: int, n: int) -> Iterator[float]:
        """Publish as fast as possible; yields the start, by the monotonic clock."""
        share = DEVICES // PUBLISHERS
        numbers = (str(n // PUBLISHERS), str(metrics), self._begin.isoformat())
        running = [
            subprocess.Popen(
                (
                    *(sys.executable, flood.__file__, self._appliance.mqtt_url, prefix),
                    *(str(first), str(first + share), *numbers),
                ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for first in range(0, DEVICES, share)
        ]
        for each in running:
            assert each.stdout.readline() == "ready\n"
        began = time.perf_counter()
        for each in running:
            each.stdin.write("go\n")
            each.stdin.flush()
        yield began
        self._publisher_cpu_s = sum(float(each.communicate()[0]) for each in running)

    def _copy(self, metrics: int) -> float:
        """Return the rows a second at which `\\copy` stores the round just published."""
        file = self._appliance.home.root / "copied.csv"
        devices = dict(self._appliance.query("SELECT code, id FROM devices_device"))
        names = dict(self._appliance.query("SELECT name, id FROM telemetry_metric"))
        with file.open("w") as lines:
            for device, nth in flood.stream(0, DEVICES, self._messages):
                at = (self._begin + timedelta(milliseconds=nth)).isoformat()
                key = f"{devices[f'meter-{device}']},"
                for m in range(metrics):
                    value = flood.value_of(device, nth, m)
                    lines.write(f"{key}{names[f'metric.{m}']},{at},{at},{value}\n")
        began = time.perf_counter()
        subprocess.run(
            (
                *(binary("psql"), "--quiet", self._appliance.environment["DATABASE_URL"]),
                *("--command", f"\\copy copied from '{file}' csv"),
            ),
            check=True,
        )
        return self._messages * metrics / (time.perf_counter() - began)


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds used by a process and its children."""
    leader = psutil.Process(pid)
    times = []
    for each in (leader, *leader.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # a worker of PostgreSQL that has just ended
            times.append(each.cpu_times())
    return sum(each.user + each.system for each in times)


def measure(bench: Bench, metrics: int, rounds: int) -> None:
    """Measure messages of so many metrics, and print the figures."""
    bench.clear()
    figures = Figures(metrics)
    for _ in range(rounds):
        bench.round(figures)
    print(figures)
    different = bench.different()
    rate, doubled = bench.again(metrics)
    print(f"  lost or different rows: {different}; rows added by the repetition: {doubled}")
    print(f"  repetition: {rate:,.0f} msg/s")
    if different or doubled:
        sys.exit("rows were lost or duplicated")


def main() -> None:
    """Print the figures; exit with status 1 if a row is missing or duplicated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="one small round: does it run at all?")
    options = parser.parse_args()
    messages, rounds = (2 * DEVICES, 1) if options.smoke else (options.messages, options.rounds)
    if shutil.which("mosquitto_sub") is None:
        parser.exit(1, "mosquitto_sub is not installed: apt-get install mosquitto-clients\n")
    load = os.getloadavg()[0]
    with running_appliance() as appliance:
        print(f"{os.cpu_count()} cores, load before the run {load:.2f}")
        bench = Bench(appliance, messages)
        for metrics in (1, 6):
            measure(bench, metrics, rounds)


if __name__ == "__main__":
    main()
