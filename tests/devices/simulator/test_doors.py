"""Simulated devices at doors: they ask, keep lists, answer commands, and report who passes."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from devices.signing import sign
from devices.simulator.door_controller import Controller
from devices.simulator.door_units import Reader, Terminal
from devices.simulator.scenario import ScenarioError, read
from devices.simulator.speech import Message
from devices.simulator.world import World
from tests.devices.simulator.conftest import KEY, START, device, site_file

PEOPLE = [{"id": "17", "card": "87-20101", "pin": "123456", "code": "GH1.1.0.x"}]
CONTROLLER = {"driver": "uhppote", "serial": "405419896", "doors": [1, 2]}


def doors_file(**faults: Any) -> dict[str, Any]:
    """A site with a reader, a face terminal, a face camera, and two controllers of a gateway."""
    file = site_file()
    doors = [
        device("reader", "door", command_key=KEY, means=["card", "pin"]),
        device("terminal", "face_terminal", driver="face-mqtt", serial="1306612", **faults),
        device("camera", "face_terminal", driver="face-request", serial="75b9", **faults),
        device("controller", "door", **CONTROLLER),
        device("other", "door", driver="uhppote", serial="201020304", gateway="405419896"),
    ]
    return file | {"devices": [*file["devices"], *doors], "people": PEOPLE}


@pytest.fixture
def make(make_world: Callable[..., World]) -> Callable[..., World]:
    """Make worlds whose terminals have these faults."""
    return lambda **faults: make_world(doors_file(**faults))


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    return make()


def send(world: World, code: str, topic: str, body: dict[str, Any]) -> list[Message]:
    """Give a device a command, and return what it publishes within its time for an answer."""
    payload = json.dumps(body).encode()
    before = world.receive(code, topic, payload, world.now)
    return [*before, *world.advance(world.now + world.units[code].door.answer_s)]


def terminal_does(world: World, operator: str, **info: Any) -> dict[str, Any]:
    """The terminal's answer to a command."""
    body = {"messageId": "m-1", "operator": operator, "info": info}
    sent = send(world, "terminal", "mqtt/face/1306612", body)
    (answer,) = [each for each in sent if each.topic.endswith("/Ack")]
    return json.loads(answer.payload)


def gateway_does(world: World, what: str, serial: str = "405419896", **body: Any) -> Any:
    """The gateway's reply to a request about one of its controllers."""
    request = {"request-id": "r-1", "reply-to": f"uhppoted/405419896/replies/{serial}"}
    sent = send(
        world,
        "controller",
        f"uhppoted/405419896/requests/{what}",
        {"message": {"request": {**request, "device-id": int(serial), **body}}},
    )
    (reply,) = [each for each in sent if "/replies/" in each.topic]
    assert reply.topic.endswith(serial)
    assert reply.device == "controller", "the gateway publishes with one account"
    return json.loads(reply.payload)["message"]


def card(number: int, **doors: Any) -> dict[str, Any]:
    days = {"start-date": "2026-01-01", "end-date": "2026-12-31"}
    return {"card": {"card-number": number, **days, "doors": {"1": True, **doors}}}


def test_a_reader_asks_about_what_a_person_shows(world):
    messages = [json.loads(each.payload) for each in world.advance(120) if each.device == "reader"]
    asked = [each for each in messages if each.get("ask")]
    assert asked
    assert {each["value"] for each in asked} <= {"87-20101", "123456"}


@pytest.mark.parametrize(("action", "opened", "denied"), [("open", 1, 0), ("deny", 0, 1)])
def test_a_reader_obeys_a_signed_answer_once(world, action, opened, denied):
    at = world.at()
    body: dict[str, Any] = {
        "cmd_id": "c-1",
        "device_id": "reader",
        "action": action,
        "args": {"ask_id": "q"},
        "seq": 1,
        "issued_at": at.isoformat(),
        "not_after": (at + timedelta(seconds=10)).isoformat(),
    }
    body["sig"] = sign(body, bytes.fromhex(KEY))
    for _attempt in range(2):
        send(world, "reader", "gh/v1/demo/reader/down/open", body)
    send(world, "reader", "gh/v1/demo/reader/down/open", body | {"seq": 2, "sig": "forged"})
    reader = world.units["reader"]
    assert isinstance(reader, Reader)
    assert (reader.opened, reader.denied) == (opened, denied)


def test_a_terminal_keeps_a_list_and_lists_it(world):
    assert (
        terminal_does(world, "EditPerson", customId="17", name="A", RFIDCard="99")["code"] == "200"
    )
    listed = terminal_does(world, "SearchPersonList", BeginNO=0, RequestCount=50)["info"]
    assert listed["Personinfo_0"] == {"customId": "17", "RFIDCard": "99"}
    assert terminal_does(world, "QueryPerson")["info"]["PersonNum"] == 1
    assert terminal_does(world, "DelPerson", customId="17")["code"] == "200"
    assert terminal_does(world, "DelPerson", customId="17")["code"] == "461"


def test_a_full_terminal_refuses_another_person_and_replaces_one_that_it_has(make):
    world = make(most=1)
    assert terminal_does(world, "EditPerson", customId="17", name="A")["code"] == "200"
    assert terminal_does(world, "EditPerson", customId="18", name="B")["code"] == "467"
    assert terminal_does(world, "EditPerson", customId="17", name="C")["code"] == "200"


def test_a_terminal_that_forgets_confirms_and_stores_nothing(make):
    world = make(forgets=True)
    assert terminal_does(world, "EditPerson", customId="17", name="A")["code"] == "200"
    assert terminal_does(world, "QueryPerson")["info"]["PersonNum"] == 0


def test_a_lost_answer_is_of_a_command_that_was_executed(make):
    world = make(loses=1)
    body = {"messageId": "m", "operator": "EditPerson", "info": {"customId": "17", "name": "A"}}
    sent = send(world, "terminal", "mqtt/face/1306612", body)
    assert [each for each in sent if each.topic.endswith("/Ack")] == []
    assert world.units["terminal"].entries.keys() == {"17"}


def test_a_replaced_terminal_is_empty_and_one_without_connection_does_not_answer(world):
    terminal_does(world, "EditPerson", customId="17", name="A")
    world.set_off({"terminal"})
    assert terminal_does(world, "QueryPerson")["info"]["PersonNum"] == 0
    world.set_off({"terminal", "terminal:offline"})
    body = {"messageId": "m", "operator": "QueryPerson", "info": {}}
    assert [e for e in send(world, "terminal", "mqtt/face/1306612", body) if "Ack" in e.topic] == []
    world.set_off({"terminal"})
    assert terminal_does(world, "QueryPerson")["code"] == "200"


def test_what_devices_keep_outlasts_a_run(world, make):
    terminal_does(world, "EditPerson", customId="17", name="A")
    gateway_does(world, "device/card:put", **card(8720101))
    again = make()
    again.doors.remember(json.loads(json.dumps(world.doors.remembered())))
    assert terminal_does(again, "QueryPerson")["info"]["PersonNum"] == 1
    assert gateway_does(again, "device/cards:get")["reply"]["response"]["cards"] == [8720101]


def test_a_gateway_serves_several_controllers_each_with_its_own_cards(world):
    gateway_does(world, "device/card:put", **card(8720101))
    assert gateway_does(world, "device/cards:get")["reply"]["response"]["cards"] == [8720101]
    other = gateway_does(world, "device/cards:get", serial="201020304")
    assert other["reply"]["response"]["cards"] == []
    assert "error" in gateway_does(world, "device/card:get", **{"card-number": 5})


def test_a_controller_opens_by_its_time_profile(world):
    profile = {
        "id": 29,
        "start-date": "2026-01-01",
        "end-date": "2026-12-31",
        "weekdays": "Monday",
        "segments": [{"start": "08:00", "end": "12:00"}],
    }
    refused = gateway_does(world, "device/card:put", **card(8720101, **{"1": 29}))
    assert "no time profile" in refused["error"]["error"]["message"]
    gateway_does(world, "device/time-profile:set", profile=profile)
    gateway_does(world, "device/card:put", **card(8720101, **{"1": 29}))
    controller = world.units["controller"]
    assert isinstance(controller, Controller)
    monday = START.replace(hour=9)
    assert controller.opens("8720101", 1, monday)
    assert not controller.opens("8720101", 1, monday.replace(hour=13))
    assert not controller.opens("8720101", 1, monday + timedelta(days=1))
    assert not controller.opens("8720101", 2, monday)


def test_a_terminal_reports_people_of_its_list_and_strangers(world):
    def kinds(messages: list[Message]) -> set[str]:
        return {each.topic.rpartition("/")[2] for each in messages if each.device == "terminal"}

    assert "Snap" in kinds(world.advance(200))
    terminal = world.units["terminal"]
    assert isinstance(terminal, Terminal)
    terminal.entries["17"] = {"face": True}
    assert "Rec" in kinds(world.advance(400))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"offline": [5]}, "offline"),
        ({"answer_s": -1}, "answer_s"),
        ({"direction": "up"}, "direction"),
    ],
)
def test_a_wrong_setting_of_a_door_is_rejected_by_name(wrong, field):
    with pytest.raises(ScenarioError, match=rf"devices\[\d+\]\.{field}"):
        read(doors_file(**wrong))
