"""Protocols with little room: small command numbers, several facts in a line."""

from dataclasses import replace
from datetime import datetime

import pytest

from core import clock
from core.errors import Rejection
from devices import commands, drivers, events, inbound
from devices.drivers import gatehouse
from devices.drivers.contract import DeviceCommand, OutgoingMessage, Sender, Source
from devices.models import Command, DeadLetter, DeviceAlarm, DeviceEvent
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Lamp:
    """Says ``O`` or ``B``: a car stands there, by a clean or a dirty sensor; ``C;n`` answers."""

    MANIFEST = replace(
        gatehouse.MANIFEST,
        name="lamp",
        topics=("lamp/+/s",),
        publishes=("lamp/{name}/s",),
        subscribes=("lamp/{name}/c",),
        command_numbers=3,
    )

    @staticmethod
    def sender(topic: str, _payload: bytes) -> Sender | None:
        first, _, rest = topic.partition("/")
        return Sender(rest.partition("/")[0], "s") if first == "lamp" else None

    @staticmethod
    def read(source: Source, _sender: Sender, payload: bytes, received_at: datetime):
        word, _, number = payload.decode().partition(";")
        envelope = {**source.envelope(received_at), "at": received_at}
        envelope["key"] = f"{word} {number} {received_at.timestamp()}"
        if word == "C":
            return events.CommandAnswered(number=int(number), ok=True, **envelope)
        return events.BayChanged(occupied=True, alarms={"fault": word == "B"}, **envelope)

    @staticmethod
    def write(command: DeviceCommand) -> OutgoingMessage:
        return OutgoingMessage(f"lamp/{command.device_code}/c", str(command.number).encode())


@pytest.fixture
def lamp(monkeypatch):
    monkeypatch.setitem(drivers.DRIVERS, "lamp", Lamp)
    return DeviceFactory(code="lamp-1", serial=None, kind="bay_sensor", driver="lamp")


@pytest.fixture
def link():
    sent: list[bytes] = []
    commands.use_publisher(lambda _topic, payload, _seconds: sent.append(payload) or True)
    yield sent
    commands.use_publisher(None)


def publish_text(text: str) -> None:
    inbound.receive("lamp/lamp-1/s", text.encode(), clock.now())


def test_commands_are_numbered_again_and_again_and_an_answer_is_the_newest_one_s(lamp, link):
    sent = [commands.send(lamp, "open", {}, actor="guard", reason="a try") for _ in range(5)]
    assert link == [b"1", b"2", b"3", b"1", b"2"]
    publish_text("C;2")
    states = [Command.objects.get(pk=each.pk).state for each in sent]
    assert states == ["sent", "sent", "sent", "sent", "done"]


def test_an_answer_to_an_unsent_number_is_rejected(lamp, link):
    commands.send(lamp, "open", {}, actor="guard", reason="a try")
    publish_text("C;3")
    assert DeadLetter.objects.get().field == "cmd_id"


def test_a_number_without_a_command_is_rejected(lamp, link):
    with pytest.raises(Rejection):
        inbound.accept("lamp/lamp-1/s", b"C;4", clock.now())


def test_a_bay_report_raises_a_fault_and_the_next_one_clears_it(lamp, heard):
    told = heard(events.AlarmsReported)
    for word in "OBBO":
        publish_text(word)
    assert [event.alarms for event in told] == [{"fault": True}, {"fault": False}]
    assert not DeviceAlarm.objects.get().active
    kinds = DeviceEvent.objects.order_by("pk").values_list("type", flat=True)
    assert list(kinds) == ["bay", "bay", "alarm", "bay", "bay", "alarm"]
    assert DeviceEvent.objects.filter(type="bay").first().detail == {"occupied": True}
