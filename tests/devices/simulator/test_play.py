"""A simulation over a real broker."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import Image

from devices.simulator.play import Play
from devices.simulator.world import World

from .conftest import Broker, site_file, wait_for

Make = Callable[..., World]
OPEN = {"type": "gpio_out", "body": {"delay": 500, "io": 0, "value": 2}}


class Backend:
    """The backend: subscribes to all topics, and opens for admitted cars."""

    def __init__(self, port: int, *, opens: bool = True) -> None:
        self.heard: list[tuple[str, dict[str, Any], bool]] = []
        self.opens = opens
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "backend", clean_session=False)
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.on_message = self._came
        self.client.reconnect_delay_set(0.1, 0.5)  # type: ignore[arg-type]
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _came(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        body = json.loads(message.payload)
        self.heard.append((message.topic, body, message.retain))
        if self.opens and message.topic.endswith("ivs_result"):
            self.open(message.topic.split("/")[0])

    def open(self, serial: str) -> None:
        command = {"id": "c-1", "sn": serial, "name": "gpio_out", "payload": OPEN}
        topic = f"{serial}/device/message/down/gpio_out"
        self.client.publish(topic, json.dumps(command), 1)

    def of(self, ending: str) -> list[dict[str, Any]]:
        return [body for topic, body, _ in list(self.heard) if topic.endswith(ending)]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def backend(broker: Broker) -> Iterator[Backend]:
    made = Backend(broker.port)
    yield made
    made.close()


def written(folder: Path, port: int) -> Path:
    path = folder / "simulator.json"
    path.write_text(json.dumps(site_file(port)))
    return path


@pytest.fixture
def simulator(broker: Broker, backend: Backend, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The simulate command in its own process."""
    root, file = settings.BASE_DIR, written(tmp_path, broker.port)
    command = [sys.executable, str(root / "manage.py"), "simulate", "--file", str(file)]
    process = subprocess.Popen([*command, "--faults", "0"], stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait(10)


def test_a_car_waits_for_the_open_command_and_passes(
    broker: Broker, backend: Backend, simulator: subprocess.Popen[str]
) -> None:
    backend.opens = False
    wait_for(lambda: backend.of("ivs_result"), "a car", 60)
    assert backend.of("lanectrl_result") == []
    backend.open("VZ1")
    wait_for(lambda: backend.of("lanectrl_result"), "the car to pass")
    assert backend.of("lanectrl_result")[0]["payload"]["event_type"] == 83
    assert [body["id"] for body in backend.of("gpio_out/reply")] == ["c-1"]


def test_the_command_ends_at_sigterm_with_clean_disconnects_and_saves_the_cars(
    broker: Broker, backend: Backend, simulator: subprocess.Popen[str], tmp_path: Path
) -> None:
    wait_for(lambda: True in [body.get("occupied") for body in backend.of("up/event")], "a car", 60)
    simulator.send_signal(signal.SIGTERM)
    assert simulator.wait(10) == 0
    wait_for(lambda: [b["online"] for b in backend.of("bay-0/up/status")][-1:] == [False], "a bye")
    kept = json.loads((tmp_path / "simulator.inside.json").read_text())
    assert [car["plate"] for car in kept][:1] == ["粤B12345"]


def test_a_device_that_dies_leaves_its_last_will(
    broker: Broker, backend: Backend, simulator: subprocess.Popen[str]
) -> None:
    wait_for(lambda: backend.of("bay-0/up/status"), "the status", 60)
    assert backend.of("bay-0/up/status")[0]["online"] is True
    simulator.kill()
    wait_for(lambda: backend.of("bay-0/up/status")[-1]["online"] is False, "the last will")


def test_the_simulation_continues_after_a_restart_of_the_broker(
    broker: Broker, backend: Backend, make_world: Make
) -> None:
    lines: list[str] = []
    world = make_world(site_file(broker.port), patience=(3.0, 3.0))
    play = Play(world, lines.append)
    play.fleet.poll(0)
    wait_for(lambda: play.fleet.poll(0.01) is not None and play.fleet.ready, "the devices")
    broker.stop()
    wait_for(lambda: play.fleet.poll(0.01) == [] and any("no broker" in line for line in lines), "")
    play.fleet.publish(world.advance(3.0))
    broker.start()
    wait_for(lambda: play.fleet.poll(0.01) is not None and play.fleet.ready, "the devices")
    wait_for(lambda: play.fleet.poll(0.01) is not None and backend.of("ivs_result"), "the read")
    wait_for(lambda: play.fleet.poll(0.01) == [] and "all devices are connected again" in lines, "")
    play.fleet.close()


def test_a_run_ends_after_its_minutes(broker: Broker, make_world: Make) -> None:
    world = make_world(site_file(broker.port))
    Play(world, lambda line: None).run(minutes=0.02)
    assert 0.5 < world.now < 10


# -- a photo from disk -----------------------------------------------------------------


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "car.png"
    Image.effect_noise((3000, 2000), 80).convert("RGB").save(path)
    return path


def camera(broker: Broker, tmp_path: Path, photo: Path, *more: str) -> None:
    file = str(written(tmp_path, broker.port))
    call_command("camera", str(photo), "--device", "VZ1", "--file", file, *more)


def result(backend: Backend) -> dict[str, Any]:
    [body] = backend.of("ivs_result")
    found: dict[str, Any] = body["payload"]["AlarmInfoPlate"]["result"]["PlateResult"]
    return found


def test_a_photo_is_published_as_the_camera_would_and_the_answer_shown(
    broker: Broker,
    backend: Backend,
    tmp_path: Path,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    camera(broker, tmp_path, photo, "--plate", "沪A12345", "--confidence", "88")
    shown = capsys.readouterr().out
    assert "opened after" in shown
    assert '"io": 0' in shown
    assert result(backend)["confidence"] == 88
    assert 10_000 < result(backend)["imageFileLen"] <= 200 * 1024
    wait_for(lambda: backend.of("gpio_out/reply"), "the camera's answer")


def test_a_photo_without_a_plate_is_read_by_our_own_reader(
    broker: Broker, backend: Backend, tmp_path: Path, photo: Path
) -> None:
    backend.opens = False
    with pytest.raises(CommandError, match="no open command") as ended:
        camera(broker, tmp_path, photo, "--wait", "0.2")
    assert ended.value.returncode == 3
    wait_for(lambda: backend.of("ivs_result"), "the photograph")
    assert result(backend)["license"] == "X+aXoF8="  # _无_


def test_a_file_that_is_no_photo_is_rejected(broker: Broker, tmp_path: Path) -> None:
    note = tmp_path / "note.jpg"
    note.write_text("no picture")
    with pytest.raises(CommandError, match="no picture"):
        camera(broker, tmp_path, note)


def test_an_unknown_camera_is_rejected_with_the_known_ones(
    broker: Broker, tmp_path: Path, photo: Path
) -> None:
    file = str(written(tmp_path, broker.port))
    with pytest.raises(CommandError, match="VZ1, VZ2"):
        call_command("camera", str(photo), "--device", "nobody", "--file", file)


def test_a_vzenith_camera_sends_one_photo_of_a_car(tmp_path: Path, photo: Path) -> None:
    file = str(written(tmp_path, 1))
    with pytest.raises(CommandError, match="sends up to 1"):
        call_command("camera", str(photo), str(photo), "--device", "VZ1", "--file", file)


def test_a_missing_broker_is_reported(tmp_path: Path, photo: Path) -> None:
    file = str(written(tmp_path, 1))
    with pytest.raises(CommandError, match="no broker at 127"):
        call_command("camera", str(photo), "--device", "VZ1", "--file", file)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--speed", "0"], "--speed"),
        (["--faults", "2"], "--faults"),
        (["--site", "elsewhere"], "--site"),
    ],
)
def test_wrong_options_are_rejected_by_name(options: list[str], field: str, tmp_path: Path) -> None:
    file = str(written(tmp_path, 1883))
    with pytest.raises(CommandError, match=field):
        call_command("simulate", "--file", file, *options)
