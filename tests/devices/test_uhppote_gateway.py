"""Door controllers and their gateway, over a real broker with the gates process."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core import clock
from devices import commands
from devices.drivers.uhppote import MANIFEST
from devices.models import Command, DeadLetter, Device, DeviceEvent
from tests.devices.broker import FieldDevice, eventually
from tests.devices.messages import RECORDED
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, SECOND = "405419896", "201020304"
OPEN = "device/door/lock:open"


def controller(serial: str, **options: object) -> Device:
    kept = MANIFEST.check_options(options)
    return DeviceFactory(driver="uhppote", kind="door", serial=serial, options=kept)


def recorded(name: str) -> dict:
    return json.loads((RECORDED / "uhppote" / f"{name}.json").read_bytes())


def swipe(device: Device, number: int = 1, at: datetime | None = None) -> bytes:
    """A card that was let through, in the local time of the controller's site."""
    local = (at or clock.now()).astimezone(ZoneInfo(device.site.timezone))
    said = recorded("card_granted")
    said["message"]["event"] |= {
        "device-id": int(device.serial),
        "event-id": number,
        "timestamp": f"{local:%Y-%m-%d %H:%M:%S} UTC",
    }
    return json.dumps(said).encode()


def stored(device: Device) -> list[DeviceEvent]:
    return list(DeviceEvent.objects.filter(device=device, type="credential"))


def state(device: Device) -> str:
    device.refresh_from_db()
    return device.state


def publish_recorded(gateway: FieldDevice, serial: str, name: str) -> None:
    gateway.publish(f"uhppoted/{serial}/system", json.dumps(recorded(name)).encode())


def test_an_event_that_comes_live_and_by_the_feed_is_one(gates, device):
    door = controller(FIRST)
    at = datetime.now(UTC)
    for end in ("events/live", "events", "events"):
        device.publish(f"uhppoted/{FIRST}/{end}", swipe(door, 1, at))
    device.publish(f"uhppoted/{FIRST}/events", swipe(door, 2))
    assert eventually(lambda: len(stored(door)) == 2)
    assert stored(door)[0].detail["credential"] == "8165538"
    assert abs((stored(door)[0].at - at).total_seconds()) < 1


def test_a_door_is_opened_and_the_gateways_reply_is_kept(gates, device):
    door = controller(FIRST, open_card=8165538)
    command = commands.send(door, "open", {"door": 4}, actor="guard", reason="ambulance")
    (told,) = device.received(f"uhppoted/{FIRST}/requests/{OPEN}")
    request = told["message"]["request"]
    assert (request["request-id"], request["door"]) == (command.cmd_id, 4)

    reply = recorded("reply_open")
    reply["message"]["reply"]["request-id"] = request["request-id"]
    device.publish(request["reply-to"], json.dumps(reply).encode())
    assert eventually(lambda: Command.objects.filter(pk=command.pk, state="done").exists())


def test_a_rejection_by_the_gateway_is_one_of_the_command(gates, device):
    door = controller(SECOND, gateway=FIRST)
    command = commands.send(door, "delete_card", {"card": 1}, actor="office", reason="lost")
    (told,) = device.received(f"uhppoted/{FIRST}/requests/device/card:delete")
    error = recorded("error")
    error["message"]["error"]["request-id"] = command.cmd_id
    device.publish(told["message"]["request"]["reply-to"], json.dumps(error).encode())
    assert eventually(lambda: Command.objects.filter(pk=command.pk, state="refused").exists())


def test_a_gateway_speaks_for_the_controllers_that_name_it_and_for_no_other(gates, device):
    controller(FIRST)
    with_it, alone = controller(SECOND, gateway=FIRST), controller("303986753")
    for each in (alone, with_it):
        device.publish(f"uhppoted/{FIRST}/events", swipe(each))
    assert eventually(lambda: stored(with_it))
    assert stored(alone) == []
    assert list(DeadLetter.objects.values_list("field", "site_id")) == [("topic", alone.site_id)]


def test_the_gateway_reports_who_is_online_and_its_report_alone_keeps_no_device_online(
    gates, device
):
    door = controller(FIRST)
    publish_recorded(device, FIRST, "alive")
    assert eventually(lambda: state(door) == "online")
    publish_recorded(device, FIRST, "alert_lost")
    assert eventually(lambda: state(door) == "offline")
    publish_recorded(device, FIRST, "alive_with_errors")
    device.publish(f"uhppoted/{FIRST}/system", b"{}")
    assert eventually(DeadLetter.objects.exists)
    assert state(door) == "offline"
    publish_recorded(device, FIRST, "alert_found")
    assert eventually(lambda: state(door) == "online")
