"""A camera that knows only the topic for all, behind the bridge of its driver's page.

The bridge is a real mosquitto with the configuration that the page gives; the broker lets each
account do what the driver's manifest says, and nothing else.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.appliance.broker import find_mosquitto
from config.appliance.places import CODE
from devices import commands
from devices.drivers.vzenith_legacy import MANIFEST
from devices.models import Command, DeadLetter, Device, DeviceEvent
from integrations.mosquitto.passwords import hash_password
from tests.devices.broker import Broker, FieldDevice, eventually
from tests.devices.messages import alarm_plate
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)

SERIAL = "265e1040-85e01fb7"  # the page's example
OTHER = "another-camera"
PASSWORD = "as-shown-at-registration"
CAMERA = ("camera", "of-the-bridge-alone")
TOPIC = "/device/push/result"


def passwords(folder: Path, *accounts: tuple[str, str]) -> Path:
    """A password file as mosquitto keeps it."""
    file = folder / "passwords"
    file.write_text("".join(f"{name}:{hash_password(word)}\n" for name, word in accounts))
    return file


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Gatehouse's broker: the backend may do everything, an account what its manifest permits."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: the bridge is not tried")
    folder = tmp_path / "central"
    folder.mkdir()
    rules = ["topic readwrite #"]
    rules += [f"pattern write {one.replace('{name}', '%u')}" for one in MANIFEST.publishes]
    rules += [f"pattern read {one.replace('{name}', '%u')}" for one in MANIFEST.subscribes]
    (folder / "rules").write_text("\n".join(rules) + "\n")
    file = passwords(folder, (SERIAL, PASSWORD), (OTHER, PASSWORD))
    made = Broker(folder, f"password_file {file}", f"acl_file {folder / 'rules'}").start()
    yield made
    made.stop()


class Bridge(Broker):
    """The camera's small mosquitto, as docs/devices/vzenith-legacy.md configures it."""

    def __init__(self, folder: Path, central: Broker) -> None:
        super().__init__(folder)
        page = (CODE / "docs" / "devices" / "vzenith-legacy.md").read_text()
        text = re.search(r"camera-1\.conf`:\n```\n(.*?)```", page, re.DOTALL)[1]
        places = {
            "listener 1884 192.168.1.10": f"listener {self.port} 127.0.0.1",
            "/etc/mosquitto/camera-1.passwords": str(passwords(folder, CAMERA)),
            "/var/lib/mosquitto/camera-1/": f"{folder}/",
            "gatehouse.example:1883": f"127.0.0.1:{central.port}",
            "remote_password PASSWORD": f"remote_password {PASSWORD}",
        }
        for shown, real in places.items():
            assert shown in text
            text = text.replace(shown, real)
        user = "user root\n" if os.geteuid() == 0 else ""
        (folder / "mosquitto.conf").write_text(user + text)


@pytest.fixture
def bridge(broker: Broker, tmp_path: Path) -> Iterator[Bridge]:
    folder = tmp_path / "bridge"
    folder.mkdir()
    made = Bridge(folder, broker)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def camera(bridge: Bridge) -> Iterator[FieldDevice]:
    """The camera, which knows only its maker's topics, and signs in at the bridge alone."""
    made = FieldDevice(bridge, f"/device/{SERIAL}/command", CAMERA)
    yield made
    made.leave()


def registered(serial: str = SERIAL, **options: bool) -> Device:
    options = MANIFEST.check_options(options)
    return DeviceFactory(driver="vzenith-legacy", serial=serial, options=options)


def has_event(device: Device, type_: str) -> bool:
    return DeviceEvent.objects.filter(device=device, type=type_).exists()


def rejected_fields() -> list[str]:
    return list(DeadLetter.objects.order_by("pk").values_list("field", flat=True))


def test_a_plate_comes_in_and_an_opening_goes_out_through_the_bridge(gates, camera):
    device = registered()
    camera.publish(TOPIC, alarm_plate(SERIAL))
    assert eventually(lambda: has_event(device, "plate"))
    command = commands.send(device, "open", {}, actor="guard", reason="ambulance")
    (told,) = camera.received(f"/device/{SERIAL}/command")
    body = told["Response_AlarmInfoPlate"]
    assert body == {"msgId": command.cmd_id, "info": "ok", "channelNum": 0, "delay": 500}

    answer = {"msgId": command.cmd_id, "state_code": 200, "serialno": SERIAL, "cmd": "info"}
    camera.publish(TOPIC, json.dumps(answer).encode())
    assert eventually(lambda: Command.objects.filter(pk=command.pk, state="done").exists())
    assert rejected_fields() == []


def test_an_opening_that_found_no_bridge_never_comes_late(gates, bridge, camera):
    device = registered()
    bridge.stop()
    late = commands.send(device, "open", {}, actor="guard", reason="too late")
    assert eventually(lambda: Command.objects.filter(pk=late.pk, state="sent").exists())
    bridge.start()
    assert eventually(camera.paho.is_connected)
    camera.publish(TOPIC, alarm_plate(SERIAL))
    assert eventually(lambda: has_event(device, "plate"))
    opened = commands.send(device, "open", {}, actor="guard", reason="in time")
    told = camera.received(f"/device/{SERIAL}/command")
    assert [one["Response_AlarmInfoPlate"]["msgId"] for one in told] == [opened.cmd_id]


def test_a_bridged_camera_that_speaks_for_another_is_refused(gates, camera):
    device, other = registered(), registered(OTHER)
    camera.publish(TOPIC, alarm_plate(OTHER))
    camera.publish(TOPIC, alarm_plate(SERIAL))
    assert eventually(lambda: has_event(device, "plate"))
    assert not has_event(other, "plate")
    assert rejected_fields() == ["AlarmInfoPlate.serialno"]


def test_an_account_cannot_publish_on_the_shared_topic_nor_below_another(gates, broker):
    device, victim = registered(OTHER), registered()
    client = FieldDevice(broker, f"{OTHER}/#", (OTHER, PASSWORD))
    for topic in (TOPIC, f"{SERIAL}{TOPIC}", f"/device/{SERIAL}/command"):
        client.publish(topic, alarm_plate(SERIAL))
    client.publish(f"{OTHER}{TOPIC}", alarm_plate(OTHER))
    assert eventually(lambda: has_event(device, "plate"))
    client.leave()
    assert not has_event(victim, "plate")
    assert rejected_fields() == []


def test_on_the_shared_topic_only_permitted_cameras_are_accepted(gates, device):
    allowed, other = registered(shared_topic=True), registered(OTHER)
    device.publish(TOPIC, alarm_plate(OTHER))
    device.publish(TOPIC, b'{"AlarmInfoPlate": {}}')
    device.publish(TOPIC, alarm_plate(SERIAL))
    assert eventually(lambda: has_event(allowed, "plate"))
    assert not has_event(other, "plate")
    assert eventually(lambda: rejected_fields() == ["topic", "AlarmInfoPlate.serialno"])
    commands.send(allowed, "open", {}, actor="guard", reason="test")
    assert len(device.received(f"/device/{SERIAL}/command")) == 1
