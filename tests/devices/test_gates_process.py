"""The gates process over a real broker: messages from devices, commands, and their order."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from access.models import Passage
from core import clock
from devices import commands
from devices.models import Command, DeadLetter, DeviceEvent
from devices.signing import sign
from estate.models import Lane
from parking.models import Stay
from tests.devices.broker import FieldDevice, eventually
from tests.devices.messages import camera_topic, ivs_result, own, plate, up, vzenith
from tests.doors.entrance import Entrance
from tests.factories import DeviceFactory, LaneFactory, VehicleFactory
from tests.gate import GateScene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(transactional_db) -> GateScene:
    return GateScene.build()


def gpio(lane) -> str:
    return f"{lane.camera.serial}/device/message/down/gpio_out"


def sees(device: FieldDevice, lane, text: str, **fields: object) -> None:
    device.publish(camera_topic(lane.camera), ivs_result(lane.camera.serial, text, **fields))


def state_of(command: Command) -> str:
    command.refresh_from_db()
    return command.state


def test_a_residents_car_opens_the_arm_and_the_cameras_answer_is_kept(gates, device, scene):
    car = VehicleFactory(person__site=scene.site)
    sees(device, scene.entry, car.plate)
    (told,) = device.received(gpio(scene.entry))
    assert told["payload"]["body"] == {"delay": 500, "io": 0, "value": 2}
    command = Command.objects.get(cmd_id=told["id"])
    assert (state_of(command), command.action) == ("sent", "open")

    serial = scene.entry.camera.serial
    reply = vzenith(serial, "gpio_out", id=told["id"], code=200)
    device.publish(f"{serial}/device/message/down/gpio_out/reply", reply)
    assert eventually(lambda: state_of(command) == "done")
    assert Passage.objects.get(plate=car.plate).state == "open"


def test_a_message_delivered_twice_is_one_passage_and_one_command(gates, device, scene):
    car = VehicleFactory(person__site=scene.site)
    at = clock.now()
    for _ in range(3):
        sees(device, scene.entry, car.plate, at=at)
    sees(device, scene.exit, "沪Z99999")
    assert eventually(lambda: Passage.objects.filter(lane=scene.exit).exists())
    assert Passage.objects.filter(lane=scene.entry).count() == 1
    assert len(device.received(gpio(scene.entry))) == 1


def test_what_is_refused_becomes_a_dead_letter_and_stops_nothing(gates, device, scene):
    camera = DeviceFactory(site=scene.site, driver="gatehouse", code="own-camera", serial=None)
    unknown = DeviceFactory.build(site=scene.site, code="nobody")
    elsewhere = up(camera).replace(scene.site.slug, "another-site")
    device.publish(up(camera), b"{not json")
    device.publish(up(camera), b"x" * 5_000_000)
    device.publish(up(unknown), plate())
    device.publish(elsewhere, plate())
    device.publish(up(camera), plate(id="good"))
    assert eventually(lambda: DeviceEvent.objects.filter(device=camera, key="good").exists())
    assert eventually(lambda: DeadLetter.objects.count() == 4)
    refused = DeadLetter.objects.order_by("field", "site_id").values_list("field", "site_id")
    # The last one names a site that does not exist, so that no site's staff sees it.
    here = scene.site.pk
    assert list(refused) == [("code", here), ("code", None), ("payload", here), ("payload", here)]
    sizes = DeadLetter.objects.filter(field="payload").order_by("size")
    assert list(sizes.values_list("size", flat=True)) == [9, 5_000_000]
    assert DeviceEvent.objects.count() == 1


def test_a_command_of_another_process_leaves_at_once_and_signed(gates, device):
    arm = DeviceFactory(driver="gatehouse", kind="barrier", code="arm-1", serial=None)
    command = commands.send(arm, "open", {}, actor="guard", reason="ambulance")
    (told,) = device.received(f"gh/v1/{arm.site.slug}/arm-1/down/command")
    assert told["cmd_id"] == command.cmd_id
    assert told["sig"] == command.sig
    assert told["reason"] == "ambulance"
    assert eventually(lambda: state_of(command) == "sent")
    device.publish(up(arm, "ack"), own(cmd_id=command.cmd_id, ok=False, error="blocked"))
    assert eventually(lambda: state_of(command) == "refused")
    assert command.answer == {"ok": False, "error": "blocked"}


def test_a_reader_that_asks_is_answered_at_once_and_signed(gates, device):
    entrance = Entrance.build()
    person, reader = entrance.resident(), entrance.reader
    down = f"gh/v1/{entrance.site.slug}/{reader.code}/down"
    asked = {"type": "credential", "ask": True, "means": "card"}
    device.publish(up(reader), own(**asked, value=str(entrance.cards[person.pk]), id="q-1"))
    (opened,) = device.received(f"{down}/open")
    assert opened["args"] == {"ask_id": "q-1", "door": 1}
    device.publish(up(reader), own(**asked, value="99", id="q-2"))
    (denied,) = device.received(f"{down}/deny")
    assert denied["args"] == {"ask_id": "q-2", "reason": "refused"}
    key = commands.key_of(reader)
    for told in (opened, denied):
        assert told["sig"] == sign(told, key)


def test_an_unanswered_command_is_unknown_and_never_sent_again(gates, device):
    arm = DeviceFactory(driver="gatehouse", kind="barrier", code="arm-2", serial=None)
    command = commands.send(arm, "open", {}, actor="guard", reason="late")
    topic = f"gh/v1/{arm.site.slug}/arm-2/down/command"
    device.received(topic)
    # Its ten seconds are over.
    ended = clock.now() - commands.ANSWER_GRACE - timedelta(milliseconds=1)
    Command.objects.filter(pk=command.pk).update(not_after=ended)
    assert eventually(lambda: state_of(command) == "unknown")
    gates.stop()
    gates.start()
    other = commands.send(arm, "close", {}, actor="guard", reason="after the restart")
    device.received(topic, 2)
    assert [told["cmd_id"] for told in device.received(topic, 2)] == [command.cmd_id, other.cmd_id]


@pytest.mark.faults
def test_what_comes_while_the_process_is_dead_is_handled_when_it_is_back(gates, device, scene):
    car = VehicleFactory(person__site=scene.site)
    gates.kill()
    at = clock.now()
    sees(device, scene.entry, car.plate, at=at)
    sees(device, scene.entry, car.plate, at=at)
    gates.start()
    assert eventually(lambda: Passage.objects.filter(plate=car.plate).exists())
    sees(device, scene.exit, "沪Z99998")
    assert eventually(lambda: Passage.objects.filter(lane=scene.exit).exists())
    assert Passage.objects.filter(plate=car.plate).count() == 1


def test_of_messages_that_waited_the_bad_one_spoils_none_of_the_others(gates, device, scene):
    sensor = DeviceFactory(site=scene.site, driver="gatehouse", code="bay-1", serial=None)
    gates.stop()
    for n in range(30):
        device.publish(up(sensor), own(type="bay", occupied=True, id=f"e{n % 25}"))
        if n == 10:
            device.publish(up(sensor), b"{")
    gates.start()
    assert eventually(lambda: DeviceEvent.objects.filter(key="e24").exists())
    assert DeviceEvent.objects.filter(device=sensor).count() == 25
    assert DeadLetter.objects.count() == 1
    # All of it was acknowledged, so no message is repeated.
    gates.stop()
    gates.start()
    device.publish(up(sensor), own(type="bay", occupied=True, id="last"))
    assert eventually(lambda: DeviceEvent.objects.filter(key="last").exists())
    assert DeadLetter.objects.count() == 1


@pytest.mark.faults
def test_a_broker_that_comes_back_is_listened_to_again(gates, broker, device, scene):
    broker.stop()
    broker.start()
    assert eventually(lambda: device.paho.is_connected())
    device.publish(
        camera_topic(scene.entry.camera), ivs_result(scene.entry.camera.serial, "沪A00001")
    )
    assert eventually(lambda: Passage.objects.filter(plate="沪A00001").exists())


def test_a_command_without_a_broker_leaves_when_it_is_back_in_time(gates, broker, device):
    arm = DeviceFactory(driver="gatehouse", kind="barrier", code="arm-3", serial=None)
    broker.stop()
    assert eventually(lambda: "is lost" in gates.log)
    command = commands.send(arm, "open", {}, actor="guard", reason="patience")
    broker.start()
    assert [
        told["cmd_id"] for told in device.received(f"gh/v1/{arm.site.slug}/arm-3/down/command")
    ] == [command.cmd_id]


def test_it_stops_cleanly_on_a_signal(gates):
    assert gates.stop() == 0


def test_a_last_will_takes_the_device_offline_and_the_next_word_brings_it_back(gates, device):
    sensor = DeviceFactory(driver="gatehouse", kind="bay_sensor", code="bay-7", serial=None)

    def state() -> str:
        sensor.refresh_from_db()
        return sensor.state

    device.publish(up(sensor, "status"), own(online=True), retain=True)
    assert eventually(lambda: state() == "online")
    device.publish(up(sensor, "status"), own(online=False), retain=True)
    assert eventually(lambda: state() == "offline")
    device.publish(up(sensor), own(type="bay", occupied=True))
    assert eventually(lambda: state() == "online")
    assert sensor.recent_offsets


def lanes_of(scene: GateScene, number: int) -> list[Lane]:
    """More entry lanes of the scene's lot, each with a car of a resident named by its number."""
    lanes = []
    for n in range(number):
        lanes.append(LaneFactory(site=scene.site, gate=scene.entry.gate, lot=scene.lot))
        VehicleFactory(person__site=scene.site, plate=f"沪A0000{n}")
    return lanes


def rules_of(lanes: Iterable[Lane]) -> list[list[str]]:
    """The rules that decided at each lane, in order."""
    decided = [Passage.objects.filter(lane=lane).order_by("pk") for lane in lanes]
    return [[each.decisions.get().rule for each in passages] for passages in decided]


def test_cars_that_waited_at_several_lanes_are_let_in_once_and_in_order(gates, device, scene):
    lanes = lanes_of(scene, 6)
    gates.stop()
    for nth in range(2):
        for n, lane in enumerate(lanes):
            sees(device, lane, f"沪A0000{n}", at=clock.now() - timedelta(seconds=30 - nth))
            sees(device, lane, f"沪B0{nth}00{n}")
    gates.start()
    assert eventually(lambda: Passage.objects.count() == 4 * len(lanes))
    expected = ["resident", "tariff", "reread", "tariff"]
    assert rules_of(lanes) == [expected] * len(lanes)
    assert Command.objects.values("device").distinct().count() == len(lanes)
    assert [len(device.received(gpio(lane), 4)) for lane in lanes] == [4] * len(lanes)


def test_one_car_that_fails_loses_and_delays_none_of_the_others(gates, device, scene):
    lanes = lanes_of(scene, 4)
    lanes[1].barrier = DeviceFactory(site=scene.site, driver="generic-json", topic="a/b")
    lanes[1].save()
    gates.stop()
    for n, lane in enumerate(lanes):
        sees(device, lane, f"沪A0000{n}")
    gates.start()
    opened = [lane for lane in lanes if lane is not lanes[1]]
    assert [len(device.received(gpio(lane))) for lane in opened] == [1, 1, 1]
    assert eventually(lambda: DeadLetter.objects.count() == 1)
    assert rules_of(lanes) == [["resident"], [], ["resident"], ["resident"]]


def test_the_records_of_a_night_become_stays_and_open_nothing(gates, device, scene):
    begun = clock.now() - timedelta(hours=10)
    gates.stop()
    for n in range(120):
        at = begun + timedelta(seconds=30 * n)
        sees(device, scene.entry, f"沪C{n:05d}", at=at, isoffline=1)
    gates.start()
    sees(device, scene.exit, "沪C00007")
    assert eventually(lambda: Passage.objects.filter(lane=scene.entry).count() == 120)
    assert eventually(lambda: Stay.objects.filter(lot=scene.lot).count() == 120)
    assert rules_of([scene.entry]) == [["late"] * 120]
    assert not Command.objects.filter(device=scene.entry.barrier).exists()
    stay = Stay.objects.select_related("entry_passage").get(plate="沪C00007")
    assert stay.entered_at == stay.entry_passage.at
    # The same records again, as after a lost acknowledgement, change nothing.
    for n in range(120):
        at = begun + timedelta(seconds=30 * n)
        sees(device, scene.entry, f"沪C{n:05d}", at=at, isoffline=1)
    sees(device, scene.entry, "沪D00001")
    assert eventually(lambda: Passage.objects.filter(plate="沪D00001").exists())
    assert Passage.objects.filter(lane=scene.entry).count() == 121
