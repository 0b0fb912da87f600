"""The simulation without a network: arrivals, messages, and effects of commands."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from devices import signing
from devices.drivers import generic_json
from devices.drivers.contract import Sender, Source
from devices.simulator.chance import stream
from devices.simulator.faults import FaultRates, misread
from devices.simulator.speech import Message
from devices.simulator.world import World

from .conftest import BAYS, KEY, START, device, own_site_file, site_file

Make = Callable[..., World]
OPEN = {"type": "gpio_out", "body": {"delay": 500, "io": 0, "value": 2}}


def payloads(messages: list[Message], ending: str) -> list[dict[str, Any]]:
    return [json.loads(m.payload) for m in messages if m.topic.endswith(ending)]


def plates(messages: list[Message]) -> list[str]:
    results = [body["payload"]["AlarmInfoPlate"] for body in payloads(messages, "ivs_result")]
    return [text(result["result"]["PlateResult"]["license"]) for result in results]


def text(b64: str) -> str:
    return base64.b64decode(b64).decode()


def advance_until(world: World, ending: str, limit: float = 300) -> list[Message]:
    """Run until a message with this topic suffix; return all messages up to it."""
    heard: list[Message] = []
    while not payloads(heard, ending):
        assert world.due <= limit, f"no {ending} within {limit} s"
        heard += world.advance(world.due)
    return heard


def send(world: World, code: str, serial: str, name: str, payload: dict[str, Any]) -> list[Message]:
    command = {"id": "c-1", "sn": serial, "name": name, "version": "1.0", "payload": payload}
    topic = f"{serial}/device/message/down/{name}"
    return world.receive(code, topic, json.dumps(command).encode(), world.now)


def lift(world: World, code: str = "cam-in", serial: str = "VZ1") -> list[Message]:
    return send(world, code, serial, "gpio_out", OPEN)


# -- repeatable --------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_messages_to_the_byte(make_world: Make) -> None:
    faulty = FaultRates(reads=0.5, sensors=0.1)
    first, again, other = (make_world(seed=seed, faults=faulty) for seed in (3, 3, 4))
    played = first.advance(400)
    assert played == again.advance(400)
    assert plates(played) != plates(other.advance(400))


def test_the_same_commands_have_the_same_effects(make_world: Make) -> None:
    def play() -> list[Message]:
        world = make_world()
        heard = advance_until(world, "ivs_result")
        heard += lift(world)
        return heard + world.advance(world.now + 60)

    assert play() == play()


def test_steps_of_the_clock_do_not_matter(make_world: Make) -> None:
    strides, steps = make_world(), make_world()
    small = [message for tenth in range(1, 1201) for message in steps.advance(tenth / 10)]
    assert strides.advance(120) == small


# -- arriving ----------------------------------------------------------------------------------


def test_the_first_car_is_read_within_three_seconds(make_world: Make) -> None:
    world = make_world()
    advance_until(world, "ivs_result")
    assert world.now < 3


def test_the_first_car_is_a_resident_with_its_photo(make_world: Make) -> None:
    [body] = payloads(advance_until(make_world(), "ivs_result"), "ivs_result")
    result = body["payload"]["AlarmInfoPlate"]["result"]["PlateResult"]
    assert text(result["license"]) == "粤B12345"
    assert base64.b64decode(result["imageFile"]).startswith(b"\xff\xd8")
    assert result["imageFileLen"] == len(base64.b64decode(result["imageFile"]))
    assert result["location"]["RECT"]["right"] > result["location"]["RECT"]["left"]


def test_a_car_waits_until_the_barrier_opens_and_then_passes_and_parks(make_world: Make) -> None:
    world = make_world()
    advance_until(world, "ivs_result")
    assert payloads(world.advance(world.now + 30), "lanectrl_result") == []
    answered = lift(world)
    assert [body["id"] for body in payloads(answered, "gpio_out/reply")] == ["c-1"]
    after = world.advance(world.now + 15)
    [moved] = payloads(after, "lanectrl_result")
    assert moved["payload"]["event_type"] == 83
    assert text(moved["payload"]["result"][0]["plate_result"]["license"]) == "粤B12345"
    assert [body["occupied"] for body in payloads(after, "up/event")] == [True]


def test_a_car_that_is_not_admitted_turns_back(make_world: Make) -> None:
    world = make_world(patience=(20.0, 20.0))
    [moved] = payloads(advance_until(world, "lanectrl_result"), "lanectrl_result")
    assert moved["payload"]["event_type"] == 84
    assert world.inside == []


def test_a_close_command_opens_no_barrier(make_world: Make) -> None:
    world = make_world()
    advance_until(world, "ivs_result")
    send(world, "cam-in", "VZ1", "gpio_out", {"type": "gpio_out", "body": {"io": 1}})
    assert payloads(world.advance(world.now + 10), "lanectrl_result") == []


def test_opening_an_empty_lane_admits_no_car(make_world: Make) -> None:
    world = make_world()
    assert payloads(lift(world), "gpio_out/reply")
    advance_until(world, "ivs_result")
    assert payloads(world.advance(world.now + 10), "lanectrl_result") == []


def test_a_triggered_camera_reports_the_waiting_car_again(make_world: Make) -> None:
    world = make_world()
    advance_until(world, "ivs_result")
    [again] = payloads(send(world, "cam-in", "VZ1", "ivs_trigger", {}), "ivs_result")
    assert again["payload"]["AlarmInfoPlate"]["result"]["PlateResult"]["triggerType"] == 4


def test_a_snapshot_is_of_the_car_or_of_the_empty_lane(make_world: Make, empty_lane: bytes) -> None:
    world = make_world()
    advance_until(world, "ivs_result")
    [of_car] = payloads(send(world, "cam-in", "VZ1", "snapshot", {}), "up/snapshot")
    [of_lane] = payloads(send(world, "cam-out", "VZ2", "snapshot", {}), "up/snapshot")
    assert base64.b64decode(of_lane["payload"]["image_content"]) == empty_lane
    assert of_car["payload"] != of_lane["payload"]


def test_cars_queue_behind_one_that_waits(make_world: Make) -> None:
    world = make_world(patience=(500.0, 500.0))
    heard = world.advance(60)
    assert len(plates(heard)) == 1
    assert len(world.lanes["in"].queue) == 3


def test_speed_brings_more_cars(make_world: Make) -> None:
    def count_readings(speed: float) -> int:
        return len(plates(make_world(speed=speed, patience=(1.0, 1.0)).advance(300)))

    assert count_readings(1) < count_readings(10) / 3


def test_a_malformed_command_is_ignored(make_world: Make) -> None:
    world = make_world()
    for payload in (b"", b"\xff", b"[]", b'{"payload": []}'):
        topic = "VZ1/device/message/down/gpio_out"
        world.receive("cam-in", topic, payload, 0.1)
    advance_until(world, "ivs_result")


# -- leaving -----------------------------------------------------------------------------------


def with_a_car_inside() -> dict[str, Any]:
    car = {"plate": "沪A12345", "bay": "A-1"}
    return site_file() | {"inside": [car], "vehicles": {}}


def exits(messages: list[Message]) -> list[dict[str, Any]]:
    return payloads([m for m in messages if m.device == "cam-out"], "ivs_result")


def test_a_car_that_is_inside_is_in_its_bay_and_then_leaves_it(make_world: Make) -> None:
    world = make_world(with_a_car_inside())
    before = world.advance(0)
    occupied = {m.device for m in before if json.loads(m.payload).get("occupied")}
    assert occupied == {"bay-1"}
    heard = world.advance(30)
    assert exits(heard)
    freed = [m for m in heard if m.device == "bay-1" and m.topic.endswith("event")]
    assert json.loads(freed[0].payload)["occupied"] is False


def test_a_car_that_may_leave_is_outside(make_world: Make) -> None:
    world = make_world(with_a_car_inside())
    world.advance(30)
    lift(world, "cam-out", "VZ2")
    moved = [m for m in world.advance(40) if m.device == "cam-out"]
    assert payloads(moved, "lanectrl_result")[0]["payload"]["event_type"] == 83
    assert world.parked() == []


def test_a_car_that_may_not_leave_goes_back_in_and_tries_again(make_world: Make) -> None:
    world = make_world(with_a_car_inside(), patience=(5.0, 20.0), speed=50.0)
    heard = world.advance(400)
    assert len(exits(heard)) >= 2
    assert [car["plate"] for car in world.parked()] == ["沪A12345"]


def test_the_site_is_never_filled_beyond_its_bays(make_world: Make) -> None:
    world = make_world()
    while world.now < 600:
        for message in world.advance(world.due):
            if message.topic == "VZ1/device/message/up/ivs_result":
                lift(world)
    assert 3 <= len(world.inside) <= BAYS


# -- our own protocol --------------------------------------------------------------------------


def order(now: datetime, **changes: Any) -> bytes:
    body = {
        "cmd_id": "c-1",
        "device_id": "arm",
        "action": "open",
        "args": {},
        "seq": 1,
        "issued_at": now.isoformat(),
        "not_after": (now + timedelta(seconds=10)).isoformat(),
        "actor": "rule",
        "reason": "住户",
        "key_id": "arm:1",
    } | changes
    return json.dumps(body | {"sig": signing.sign(body, bytes.fromhex(KEY))}).encode()


def execute(world: World, payload: bytes) -> dict[str, Any]:
    heard = world.receive("arm", "gh/v1/demo/arm/down/command", payload, world.now)
    [answer] = payloads(heard, "arm/up/ack")
    return answer


def test_a_barrier_accepts_a_signed_command_and_the_camera_reports_that_the_car_passed(
    make_world: Make,
) -> None:
    world = make_world(own_site_file())
    [seen] = payloads(advance_until(world, "eye/up/event"), "eye/up/event")
    assert (seen["v"], seen["type"]) == (1, "plate")
    answer = execute(world, order(world.at()))
    assert (answer["cmd_id"], answer["ok"]) == ("c-1", True)
    kinds = [body["type"] for body in payloads(world.advance(world.now + 4), "eye/up/event")]
    assert kinds[0] == "passed"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"device_id": "arm-2"},
            "device_id: belongs to another device; send the command on that device's own topic",
        ),
        ({"not_after": START.isoformat()}, "not_after: is in the past; issue a new command"),
        ({"action": "dance"}, "unknown action"),
    ],
)
def test_a_barrier_rejects_an_invalid_command_and_stays_closed(
    make_world: Make, changes: dict[str, Any], error: str
) -> None:
    world = make_world(own_site_file())
    advance_until(world, "eye/up/event")
    answer = execute(world, order(world.at(), **changes))
    assert (answer["ok"], answer["error"]) == (False, error)
    assert payloads(world.advance(world.now + 4), "eye/up/event") == []


def test_a_barrier_rejects_a_repeated_command(make_world: Make) -> None:
    world = make_world(own_site_file())
    payload = order(world.at())
    assert execute(world, payload)["ok"] is True
    assert execute(world, payload)["error"] == "seq: 1 has already been used; issue a new command"


def test_a_meter_continues_from_its_register_in_every_run(make_world: Make) -> None:
    meter: dict[str, Any] = dict(device("main", "meter", metric="register.m3"))
    yesterday = START - timedelta(days=1)
    meter |= {"register": 1200.5, "per_day": 24.0, "since": yesterday.isoformat()}
    site = site_file() | {"devices": [*site_file()["devices"], meter]}
    shown = []
    for _play in range(2):
        world = make_world(site)
        received = payloads(world.advance(65), "main/up/telemetry")
        shown.append([body["m"]["register.m3"] for body in received])
    assert shown[0] == shown[1] == sorted(shown[0])
    assert shown[0][0] == pytest.approx(1224.5, abs=0.1)


def test_a_shelly_counts_watt_hours_that_its_preset_reads(make_world: Make) -> None:
    meter: dict[str, Any] = dict(device("main", "meter", driver="generic-json"))
    yesterday = START - timedelta(days=1)
    meter |= {"topic": "main/events/rpc", "metric": "register.kwh", "register": 0, "per_day": 24.0}
    meter |= {"since": yesterday.isoformat()}
    site = site_file() | {"devices": [*site_file()["devices"], meter]}
    received = [message for message in make_world(site).advance(65) if message.device == "main"]
    assert {message.topic for message in received} == {"main/events/rpc"}
    source = Source(7, 3, "main", generic_json.check_options({"preset": "register-energy-shelly"}))
    later = START + timedelta(seconds=65)
    heard = [generic_json.read(source, Sender("main", "own"), m.payload, later) for m in received]
    assert heard[0].values == {"register.kwh": pytest.approx(24.0, abs=0.1)}


def test_devices_send_measurements_and_keep_alives(make_world: Make) -> None:
    heard = make_world().advance(99)
    beats = [m for m in payloads(heard, "keep_alive") if m["sn"] == "VZ1"]
    assert len(beats) == 5
    telemetry = payloads([m for m in heard if m.device == "bay-0"], "telemetry")
    assert len(telemetry) >= 3
    assert set(telemetry[0]["m"]) == {"temperature.c", "signal.rssi", "battery.percent"}


def test_no_device_uses_an_id_twice_even_in_another_run(make_world: Make) -> None:
    later = START + timedelta(seconds=1)
    heard = make_world().advance(120) + make_world(start=later).advance(120)
    keys = [(m.device, json.loads(m.payload)["id"]) for m in heard]
    assert len(set(keys)) == len(keys)


# -- faults ------------------------------------------------------------------------------------


def only(kind: str, monkeypatch: pytest.MonkeyPatch) -> FaultRates:
    monkeypatch.setattr("devices.simulator.faults.KINDS", (kind,))
    return FaultRates(reads=1, sensors=0, unread=0)


def test_a_misread_differs_in_one_character() -> None:
    wrong = misread(stream(1), "粤B12345")
    assert wrong != "粤B12345"
    assert sum(a != b for a, b in zip(wrong, "粤B12345", strict=True)) == 1


def test_an_unsure_read_has_low_confidence(
    make_world: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(faults=only("unsure", monkeypatch))
    [body] = payloads(advance_until(world, "ivs_result"), "ivs_result")
    assert body["payload"]["AlarmInfoPlate"]["result"]["PlateResult"]["confidence"] < 75


def test_a_duplicate_is_the_same_message_twice(
    make_world: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = make_world(faults=only("duplicate", monkeypatch)).advance(6)
    first, second = [m for m in heard if m.topic.endswith("ivs_result")]
    assert first == second


def test_a_late_batch_arrives_in_order_with_its_original_times(
    make_world: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(faults=only("late", monkeypatch))
    heard = [m for m in advance_until(world, "ivs_result") if m.device == "cam-in"]
    [body] = payloads(heard, "ivs_result")
    assert world.now - (body["timestamp"] - START.timestamp()) > 7
    stamps = [json.loads(m.payload)["timestamp"] for m in heard]
    assert stamps == sorted(stamps)


def test_a_skewed_clock_shows_in_the_times(
    make_world: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(faults=only("skew", monkeypatch))
    [body] = payloads(advance_until(world, "ivs_result"), "ivs_result")
    assert abs(body["timestamp"] - world.at().timestamp()) > 15


def test_a_camera_sometimes_reads_no_plate(make_world: Make) -> None:
    world = make_world(faults=FaultRates(reads=0, sensors=0, unread=1))
    assert plates(advance_until(world, "ivs_result")) == ["_无_"]


def test_a_silent_sensor_sends_its_status_once_it_is_back(make_world: Make) -> None:
    world = make_world(faults=FaultRates(reads=0, sensors=1))
    world.advance(60)
    silent = [code for code, unit in world.units.items() if unit.silent]
    assert len(silent) == 1
    quiet = [m for m in world.advance(200) if m.device == silent[0]]
    assert quiet == []
    woken = [m for m in world.advance(330) if m.device == silent[0]]
    assert payloads(woken, "up/event")
