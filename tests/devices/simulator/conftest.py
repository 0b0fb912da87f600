"""A small simulated site, and a broker if mosquitto is installed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from devices.simulator.faults import FaultRates
from devices.simulator.plates import plate
from devices.simulator.render import Look, Photo, photo, still
from devices.simulator.scenario import Scenario, read
from devices.simulator.world import World

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEY = "5e" * 32
BAYS = 6
CALM = FaultRates(reads=0, sensors=0, unread=0)


def device(code: str, kind: str, driver: str = "gatehouse", **more: str) -> dict[str, str]:
    name = more.get("serial", code)
    return {"code": code, "kind": kind, "driver": driver, "username": name, "password": "x", **more}


def site_file(port: int = 1883) -> dict[str, Any]:
    """A site with a Vzenith entry and exit, an entry of our own protocol, and some bays."""
    vzenith = {"driver": "vzenith-mqtt"}
    return {
        "mqtt": f"mqtt://127.0.0.1:{port}",
        "site": "demo",
        "devices": [
            device("cam-in", "camera", serial="VZ1", lane="in", direction="entry", **vzenith),
            device("cam-out", "camera", serial="VZ2", lane="out", direction="exit", **vzenith),
            *(device(f"bay-{n}", "bay_sensor", bay=f"A-{n}") for n in range(BAYS)),
        ],
        "vehicles": {"residents": ["粤B12345"], "visitors": ["AB12CDE"]},
    }


def own_site_file() -> dict[str, Any]:
    """A site whose only lane has a camera and a barrier of our own protocol."""
    lane = {"lane": "in", "direction": "entry"}
    devices = [
        device("eye", "camera", **lane),
        device("arm", "barrier", lane="in", command_key=KEY),
    ]
    return {"mqtt": "mqtt://127.0.0.1", "site": "demo", "devices": devices, "vehicles": {}}


@pytest.fixture(scope="session")
def photo_of_a_car() -> Photo:
    """One real photo, so that runs with many cars need not render each."""
    return photo(plate("粤B12345"), Look())


@pytest.fixture(scope="session")
def empty_lane() -> bytes:
    return still(light="day", seed=1, place=1)


@pytest.fixture
def make_world(photo_of_a_car: Photo, empty_lane: bytes) -> Callable[..., World]:
    """Make worlds of the small site, all with the same photo."""

    def make(data: dict[str, Any] | None = None, **options: Any) -> World:
        scenario: Scenario = read(data or site_file())
        settings = {"seed": 7, "speed": 10.0, "start": START, "faults": CALM} | options
        return World(
            scenario,
            photographer=lambda *args, **more: photo_of_a_car,
            still=lambda **more: empty_lane,
            **settings,
        )

    return make


@dataclass
class Broker:
    """A mosquitto with anonymous access that can be restarted on the same port."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        config = self.folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        program = _mosquitto()
        assert program is not None
        self.process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
        wait_for(self._answers, "the broker to answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _mosquitto() -> str | None:
    return shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def wait_for(holds: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Poll until the condition holds; fail with its name on a timeout."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    if _mosquitto() is None:
        pytest.skip("mosquitto is not installed: nothing is played over a real broker")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Broker(tmp_path, port)
    made.start()
    yield made
    made.stop()
