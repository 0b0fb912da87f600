"""Measure a gate's latency while somebody with another device's password attacks.

The benchmark starts a database, a broker, the ingest processes and the plate reader in a temporary
folder. Residents' cars arrive at a lane whose camera is signed in with its own account. An attacker
with the account of a bay sensor, of a gateway or of the camera of another lane sends one after
another: invalid messages of 200 bytes and of 20 kB, a hundred thousand JSON values, measurements,
retained messages, plates, progressive JPEGs of thousands of scans, messages of 500 sensors behind
the gateway, and connections under the client ids of others. At last the lane's own camera dates
every tenth car 120 seconds ahead.

Each line has the time from the camera's event to the open command, and its ratio to the idle gate
just before. The goal is a p99 of 250 ms beside each attack.

Usage: ``python benchmarks/flood.py [--cars 100] [--attack NAME] [--smoke]``
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.gate_latency import SERIAL, TIMEOUT_S, Field, VzenithLane, percentile  # noqa: E402
from benchmarks.parts import attacks  # noqa: E402
from benchmarks.parts.flood import SITE  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from devices.link.retained import RetainedMessages  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402

GOAL_MS = 250
SENSOR, OTHER_SERIAL, GATEWAY = "bay-7", "bench-0f8238", "gateway-1"
AHEAD_S, AHEAD_EVERY = 120.0, 10
WARM_UP = 20
# Messages a second of each attack, and the accounts other than the sensor's.
RATES = {
    "invalid": 1000,
    "large": 200,
    "nested": 20,
    "telemetry": 2000,
    "retained": 200,
    "plates": 200,
    "photos": 5,
    "gateway": 2000,
    "takeover": 20,
}
ACCOUNTS = {"plates": OTHER_SERIAL, "photos": OTHER_SERIAL, "gateway": GATEWAY}
REGISTER = f"""
import json
from devices import accounts, ports
from tests.factories import *
site = SiteFactory(slug="{SITE}")
lot = LotFactory(site=site, capacity=1000000)
TariffFactory(lot=lot)
for serial in ("{SERIAL}", "{OTHER_SERIAL}"):
    camera = DeviceFactory(site=site, code="c-" + serial, serial=serial)
    LaneFactory(gate=GateFactory(site=site), lot=lot, camera=camera, barrier=camera)
DeviceFactory(site=site, code="{SENSOR}", serial=None, driver="gatehouse", kind="bay_sensor")
mapped = {{{{"site": site, "kind": "sensor", "driver": "generic-json", "serial": None}}}}
DeviceFactory(code="{GATEWAY}", topic="lora/{GATEWAY}", **mapped)
for n in range({attacks.SENSORS}):
    topic = f"lora/{GATEWAY}/{{{{n}}}}"
    options = {{{{"gateway": "{GATEWAY}"}}}}
    DeviceFactory(code=f"lora-{{{{n}}}}", topic=topic, options=options, **mapped)
for n in range({{cars}}):
    VehicleFactory(person__site=site, plate=f"沪B{{{{n:05d}}}}")
registered = [each for each in accounts.all_accounts() if not each.name.startswith("lora-")]
ports.broker_accounts().put(registered)
print(json.dumps({{{{each.name: each.password for each in registered}}}}))
"""


class Bench:
    """A running appliance, a lane's camera, and the accounts of an attacker."""

    def __init__(self, appliance: Appliance, cars: int) -> None:
        self._appliance, self._cars = appliance, cars
        self._plates = (f"沪B{n:05d}" for n in count())
        register = REGISTER.format(cars=2 * cars * (len(RATES) + 1) + WARM_UP)
        printed = appliance.manage("shell", "--command", register)
        self._passwords: dict[str, str] = json.loads(printed.strip().splitlines()[-1])
        for stream in ("gates", "telemetry"):
            appliance.ingest(stream)
            wait_for(
                lambda s=stream: " listens at " in appliance.log_of(s), f"{stream} is subscribed"
            )
        appliance.read_plates()
        self._lane = VzenithLane()
        self._field = Field(self._url(SERIAL), [VzenithLane.down])
        self._idle: list[float] = []

    def run(self, names: Sequence[str]) -> None:
        """Measure the gate beside each attack, and idle just before it."""
        self._drive(min(WARM_UP, self._cars))
        for name in names:
            self._idle = self._drive(self._cars)
            if name == "ahead":
                self._print(name, self._drive(self._cars, ahead=True), "one in ten cars")
                continue
            with self._attacked(name) as attacker:
                times = self._drive(self._cars)
            sent, seconds = attacker.communicate()[0].split()
            self._print(name, times, f"{int(sent) / float(seconds):,.0f}/s")
        with RetainedMessages(self._appliance.mqtt_url) as messages:
            print(f"retained messages in the broker afterwards: {len(messages.sizes())}")

    def _drive(self, cars: int, *, ahead: bool = False) -> list[float]:
        """Let cars pass; return the seconds until each open command, or the time limit."""
        times = []
        for n in range(cars):
            self._lane.ahead_s = AHEAD_S if ahead and n % AHEAD_EVERY == 0 else 0.0
            try:
                times.append(self._field.car(self._lane, next(self._plates)))
            except TimeoutError:
                times.append(TIMEOUT_S)
        return times

    @contextmanager
    def _attacked(self, name: str) -> Iterator[subprocess.Popen[str]]:
        """Attack until the end of the block; yields the process, which then prints its figures."""
        account = ACCOUNTS.get(name, SENSOR)
        command = (attacks.__file__, name, self._url(account), str(RATES[name]))
        attacker = subprocess.Popen(
            [sys.executable, *command], stdout=subprocess.PIPE, encoding="utf-8"
        )
        try:
            assert attacker.stdout is not None
            attacker.stdout.readline()  # it begins
            yield attacker
        finally:
            attacker.terminate()

    def _print(self, name: str, times: Sequence[float], load: str) -> None:
        p50, p99 = (percentile([*times], p) * 1000 for p in (50, 99))
        idle50, idle99 = (percentile(self._idle, p) * 1000 for p in (50, 99))
        failed = sum(each >= TIMEOUT_S for each in times)
        print(
            f"{name:<10} {load:<17} p50 {p50:7.1f} ms = {p50 / idle50:4.1f} x {idle50:5.1f} idle  "
            f"p99 {p99:7.1f} ms = {p99 / idle99:4.1f} x {idle99:5.1f} idle  "
            f"not opened {failed}  n={len(times)}"
            f"{'' if p99 <= GOAL_MS else '  ABOVE THE GOAL'}"
        )

    def _url(self, account: str) -> str:
        """Return the devices' listener with an account's password."""
        login = f"{quote(account)}:{quote(self._passwords[account])}"
        return f"mqtt://{login}@127.0.0.1:{self._appliance.plan.broker_port}"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cars", type=int, default=100, help="for each attack")
    parser.add_argument("--attack", choices=[*RATES, "ahead"], help="only this one")
    parser.add_argument("--smoke", action="store_true", help="two cars: does it run at all?")
    options = parser.parse_args()
    names = [options.attack] if options.attack else [*RATES, "ahead"]
    with running_appliance() as appliance:
        Bench(appliance, 2 if options.smoke else options.cars).run(names)


if __name__ == "__main__":
    main()
