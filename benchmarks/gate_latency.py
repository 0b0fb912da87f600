"""Measure the time from a camera's event to the open command, both seen on the broker.

The benchmark starts a database, a broker and the ingest processes in a temporary folder. Residents'
cars arrive one after another, their plates read by the camera; each time the whole decision is made
and stored. The time runs from publishing the event until a subscriber receives the open command:

- for a Vzenith camera and for our own protocol,
- on an otherwise idle appliance, and beside 1,000 telemetry messages a second,
- and, as the ceiling, for an echo client on the same broker, which decides nothing. Its rounds
  alternate with those of the gate, and the ratio is the cost of one decision in echoes.

Usage: ``python benchmarks/gate_latency.py [--cars 200] [--rate 1000] [--smoke]``
"""

import argparse
import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts import steady  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from devices.link import Session  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402

SITE, SERIAL, CAMERA, ARM = "bench", "bench-8c5f01", "own-camera", "own-arm"
# A gate has seconds between two cars; here it gets the time to store the last one.
PAUSE_S = 0.1
TIMEOUT_S = 10.0
REGISTER = f"""
from tests.factories import *
site = SiteFactory(slug="{SITE}")
lot = LotFactory(site=site, capacity=100000)
TariffFactory(lot=lot)
gate = GateFactory(site=site)
camera = DeviceFactory(site=site, code="vz-camera", serial="{SERIAL}")
own = DeviceFactory(site=site, code="{CAMERA}", serial=None, driver="gatehouse")
arm = DeviceFactory(site=site, code="{ARM}", serial=None, driver="gatehouse", kind="barrier")
LaneFactory(gate=gate, lot=lot, camera=camera, barrier=camera)
LaneFactory(gate=gate, lot=lot, camera=own, barrier=arm)
for n in range({{cars}}):
    VehicleFactory(person__site=site, plate=f"沪B{{{{n:05d}}}}")
for n in range({steady.METERS}):
    DeviceFactory(site=site, code=f"meter-{{{{n}}}}", kind="meter", driver="gatehouse", serial=None)
"""
_ids = count(1)


class Lane:
    """A simulated camera and barrier that speak one protocol."""

    name: str
    down: str

    def event(self, plate: str) -> tuple[str, bytes]:
        """Return topic and payload of the event of a car with that plate."""
        raise NotImplementedError

    def after(self, command: dict[str, object]) -> Iterator[tuple[str, bytes]]:
        """Yield the messages that follow an open command: its reply, and the car that passes."""
        raise NotImplementedError


class VzenithLane(Lane):
    """One Vzenith camera, whose output drives the barrier."""

    name = "vzenith-mqtt"
    ahead_s = 0.0  # how far the camera's clock is ahead
    down = f"{SERIAL}/device/message/down/gpio_out"

    def event(self, plate: str) -> tuple[str, bytes]:
        now = time.time() + self.ahead_s
        result = {
            "license": base64.b64encode(plate.encode()).decode(),
            "confidence": 99,
            "colorType": 1,
            "triggerType": 1,
            "timeStamp": {"Timeval": {"sec": int(now), "usec": int(now % 1 * 1e6)}},
        }
        alarm = {"serialno": SERIAL, "result": {"PlateResult": result}}
        return self._up("ivs_result", {"AlarmInfoPlate": alarm})

    def after(self, command: dict[str, object]) -> Iterator[tuple[str, bytes]]:
        _, payload = self._up("gpio_out", {}, id=command["id"], code=200)
        yield f"{self.down}/reply", payload
        yield self._up("lanectrl_result", {"event_type": 83, "result": []})

    def _up(self, name: str, payload: dict, **more: object) -> tuple[str, bytes]:
        head = {"id": f"b{next(_ids)}", "sn": SERIAL, "name": name, "timestamp": int(time.time())}
        body = json.dumps({**head, "payload": payload, **more}).encode()
        return f"{SERIAL}/device/message/up/{name}", body


class OwnLane(Lane):
    """A camera and a barrier that speak our own protocol."""

    name = "gatehouse"
    down = f"gh/v1/{SITE}/{ARM}/down/command"

    def event(self, plate: str) -> tuple[str, bytes]:
        return self._up(CAMERA, "event", type="plate", plate=plate, confidence=0.99)

    def after(self, command: dict[str, object]) -> Iterator[tuple[str, bytes]]:
        yield self._up(ARM, "ack", cmd_id=command["cmd_id"], ok=True)
        yield self._up(CAMERA, "event", type="passed")

    def _up(self, device: str, channel: str, **fields: object) -> tuple[str, bytes]:
        body = {"v": 1, "id": f"b{next(_ids)}", "at": datetime.now(UTC).isoformat(), **fields}
        return f"gh/v1/{SITE}/{device}/up/{channel}", json.dumps(body).encode()


class Field:
    """The devices' connection to the broker, for the gate and for the echo.

    Args:
        url: the broker.
        topics: what it receives.
    """

    def __init__(self, url: str, topics: Sequence[str]) -> None:
        self._session = Session(url, "bench-field", topics)
        wait_for(
            lambda: bool(self._session.receive(0, 0.05)) or self._session.connected,
            "it connects",
        )

    def round_trip(self, topic: str, payload: bytes, reply_topic: str) -> tuple[float, bytes]:
        """Publish, and return the seconds until the reply arrives, and its payload."""
        began = time.perf_counter()
        self._session.publish(topic, payload)
        while time.perf_counter() < began + TIMEOUT_S:
            for message in self._session.receive(10, TIMEOUT_S):
                self._session.ack([message])
                if message.topic == reply_topic:
                    return time.perf_counter() - began, message.payload
        raise TimeoutError(f"no message on {reply_topic}")

    def car(self, lane: Lane, plate: str) -> float:
        """Let a car arrive, be admitted and pass; return the seconds until the open command."""
        took, command = self.round_trip(*lane.event(plate), lane.down)
        for topic, payload in lane.after(json.loads(command)):
            self._session.publish(topic, payload)
        self._session.receive(0, PAUSE_S)
        return took

    def echo(self) -> float:
        """Return the seconds of one echo."""
        took, _ = self.round_trip("bench/echo/in", b"x" * 500, "bench/echo/out")
        self._session.receive(0, PAUSE_S / 10)
        return took


def echo_forever(url: str) -> None:
    """Publish each received message back at once."""
    session = Session(url, "bench-echo", ["bench/echo/in"])
    while True:
        for message in session.receive(100, 10):
            session.publish("bench/echo/out", message.payload)
            session.ack([message])


class Bench:
    """A running appliance, and the measurements on it."""

    def __init__(self, appliance: Appliance, cars: int) -> None:
        self._appliance = appliance
        self._cars = cars
        self._plates = (f"沪B{n:05d}" for n in count())
        register = REGISTER.format(cars=cars * 4 + 40)
        appliance.manage("shell", "--command", register)
        for stream in ("gates", "telemetry"):
            appliance.ingest(stream)
            wait_for(
                lambda s=stream: " listens at " in appliance.log_of(s), f"{stream} is subscribed"
            )
        topics = [VzenithLane.down, OwnLane.down, "bench/echo/out"]
        self._field = Field(appliance.mqtt_url, topics)

    def warm_up(self) -> None:
        """Run each path a few times before measuring it."""
        for lane in (VzenithLane(), OwnLane()):
            for _ in range(min(20, self._cars)):
                self._field.car(lane, next(self._plates))
                self._field.echo()

    def measure(self, title: str) -> None:
        """Measure both protocols and the echo in turns, and print their times."""
        lanes = [VzenithLane(), OwnLane()]
        times: dict[str, list[float]] = {lane.name: [] for lane in lanes} | {"echo": []}
        for _ in range(self._cars):
            for lane in lanes:
                times[lane.name].append(self._field.car(lane, next(self._plates)))
                times["echo"].append(self._field.echo())
        ceiling = percentile(times["echo"], 50)
        for name, taken in times.items():
            p50, p99, most = (percentile(taken, p) * 1000 for p in (50, 99, 100))
            ratio = percentile(taken, 50) / ceiling
            print(
                f"{title:<24} {name:<13} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  most {most:7.2f} ms"
                f"  {ratio:5.1f} echoes  n={len(taken)}"
            )

    @contextmanager
    def telemetry(self, rate: int) -> Iterator[Callable[[], float]]:
        """Publish telemetry at that rate; yields a function that returns the rate stored."""
        rows = "SELECT count(*) FROM telemetry_measurement"
        with steady.telemetry(self._appliance, rate, ["power_w"]):
            before, began = self._appliance.number(rows), time.perf_counter()
            yield lambda: (self._appliance.number(rows) - before) / (time.perf_counter() - began)


def percentile(values: list[float], p: float) -> float:
    """Return the smallest value that p percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * p // 100).__int__() - 1)]


def main() -> None:
    """Run the benchmark, or one of the processes that it starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cars", type=int, default=200, help="for each protocol and each load")
    parser.add_argument("--rate", type=int, default=1000, help="telemetry messages a second")
    parser.add_argument("--smoke", action="store_true", help="two cars: does it run at all?")
    parser.add_argument("--echo", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.echo:
        echo_forever(options.echo)
    elif options.smoke:
        run(cars=2, rate=20)
    else:
        run(options.cars, options.rate)


def run(cars: int, rate: int) -> None:
    """Measure an appliance that is started for it, and print the figures."""
    with running_appliance() as appliance:
        echo = subprocess.Popen([sys.executable, __file__, "--echo", appliance.mqtt_url])
        try:
            bench = Bench(appliance, cars)
            bench.warm_up()
            bench.measure("idle")
            with bench.telemetry(rate) as reached:
                bench.measure(f"beside {rate} msg/s")
                print(f"telemetry committed meanwhile: {reached():,.0f} rows/s")
        finally:
            echo.terminate()
            echo.wait()


if __name__ == "__main__":
    main()
