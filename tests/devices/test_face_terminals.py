"""Face terminals over a real broker: records, acknowledgements, doors, deleted photos."""

import json
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from core import clock
from core.errors import Rejection
from devices import commands, inbound, jobs, registry, services
from devices.models import Command, DeadLetter, Device, DeviceEvent
from tests.devices.broker import eventually
from tests.devices.messages import JPEG, RECORDED, b64
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)

PHOTO = b64(JPEG)
PERSON = {"person": "resident-17", "name": "测试", "photo": PHOTO, "card": "1673558526"}


@pytest.fixture
def terminal(transactional_db: None) -> Device:
    return DeviceFactory(kind="face_terminal", driver="face-mqtt", serial="1306612")


@pytest.fixture
def camera(transactional_db: None) -> Device:
    return DeviceFactory(kind="face_terminal", driver="face-request", serial="75b994c0.65a4")


@pytest.fixture
def sent() -> Iterator[list[tuple[str, dict]]]:
    """This process has the link: what it published, in order."""
    published: list[tuple[str, dict]] = []

    def publish(topic: str, payload: bytes, _seconds: int) -> bool:
        published.append((topic, json.loads(payload)))
        return True

    commands.use_publisher(publish)
    yield published
    commands.use_publisher(None)


def record(terminal: Device, **info: object) -> bytes:
    """A record of this minute, by the clock on the site's wall."""
    said = json.loads((RECORDED / "face-mqtt" / "rec_push.json").read_text())
    now = clock.now().astimezone(ZoneInfo(terminal.site.timezone))
    said["info"] |= {"time": now.strftime("%Y-%m-%d %H:%M:%S"), **info}
    return json.dumps(said).encode()


def receive(terminal: Device, payload: bytes, channel: str = "Rec") -> None:
    inbound.receive(f"mqtt/face/{terminal.serial}/{channel}", payload, clock.now())


def answer(terminal: Device, command: Command) -> None:
    said = {"operator": "EditPerson-Ack", "messageId": command.cmd_id, "info": {"result": "ok"}}
    receive(terminal, json.dumps(said).encode(), "Ack")


def put(terminal: Device) -> Command:
    return commands.send(terminal, "put_person", dict(PERSON), actor="people", reason="moved in")


def args_of(command: Command) -> dict:
    command.refresh_from_db()
    return command.args


def state_of(command: Command) -> str:
    command.refresh_from_db()
    return command.state


# -- over a real broker ------------------------------------------------------------------------


def test_a_record_is_stored_and_acknowledged(gates, device, terminal):
    device.publish(f"mqtt/face/{terminal.serial}/Rec", record(terminal))
    (said,) = device.received(f"mqtt/face/{terminal.serial}")
    assert (said["operator"], said["info"]["SnapOrRecordID"]) == ("PushAck", 389)
    event = DeviceEvent.objects.get(device=terminal)
    assert (event.type, event.detail["credential"]) == ("credential", "resident-17")


def test_a_door_is_opened_from_the_console_and_the_answer_kept(gates, device, terminal):
    command = commands.send(terminal, "open", {}, actor="guard", reason="the ambulance")
    (said,) = device.received(f"mqtt/face/{terminal.serial}")
    assert (said["operator"], said["messageId"]) == ("Unlock", command.cmd_id)
    heard = {"operator": "Unlock-Ack", "messageId": command.cmd_id, "code": "200", "info": {}}
    device.publish(f"mqtt/face/{terminal.serial}/Ack", json.dumps(heard).encode())
    assert eventually(lambda: state_of(command) == "done")


def test_a_camera_named_inside_a_level_is_read_once_registered(gates, device):
    with transaction.atomic():
        late = DeviceFactory(kind="face_terminal", driver="face-request", serial="75b994c0-65a4")
        registry.notify_topics()
    command = commands.send(late, "open", {}, actor="guard", reason="the ambulance")
    (said,) = device.received("face.75b994c0-65a4.request")
    assert said["cmd"] == "gpio control"
    heard = {"cmd": said["cmd"], "cmd_id": said["cmd_id"], "code": 0, "sn": "75b994c0-65a4"}

    def answered() -> bool:
        device.publish("face.75b994c0-65a4.response", json.dumps(heard).encode())
        return state_of(command) == "done"

    assert eventually(answered)


# -- replies -----------------------------------------------------------------------------------


def test_a_duplicate_is_acknowledged_and_stored_once(sent, terminal):
    payload = record(terminal)
    for _ in range(2):
        receive(terminal, payload)
    assert len(sent) == 2
    assert DeviceEvent.objects.count() == 1


def test_a_rejected_message_is_acknowledged_to_stop_its_repetition(sent, terminal):
    receive(terminal, record(terminal, time="2020-01-01 00:00:00"))
    assert DeadLetter.objects.get().field == "info.time"
    assert sent[0][1]["info"]["SnapOrRecordID"] == 389


def test_a_disabled_terminal_is_not_acknowledged(sent, terminal):
    Device.objects.update(enabled=False)
    receive(terminal, record(terminal))
    receive(DeviceFactory.build(site=terminal.site, serial="nobody"), record(terminal))
    assert sent == []
    assert DeadLetter.objects.count() == 2


@pytest.mark.parametrize("shared", [False, True])
def test_a_shared_topic_is_not_acknowledged_without_the_option(sent, terminal, shared):
    Device.objects.update(options={"shared_topic": shared})
    said = {"operator": "Online", "info": {"facesluiceId": terminal.serial}}
    inbound.receive("mqtt/face/basic", json.dumps(said).encode(), clock.now())
    assert len(sent) == shared
    assert DeadLetter.objects.count() == 1 - shared


def test_a_message_that_is_not_stored_is_not_acknowledged(sent, terminal):
    with transaction.atomic():
        receive(terminal, record(terminal))
        transaction.set_rollback(True)
    assert sent == []


def test_a_confirmed_acknowledgement_is_not_stored(sent, terminal):
    said = (RECORDED / "face-mqtt" / "push_ack_ack.json").read_bytes()
    Device.objects.update(state=Device.State.ONLINE)
    receive(terminal, said, "Ack")
    assert DeviceEvent.objects.count() == DeadLetter.objects.count() == 0


def test_a_process_without_the_link_acknowledges_nothing(terminal):
    receive(terminal, record(terminal))
    assert DeviceEvent.objects.count() == 1


# -- what is kept of a person ------------------------------------------------------------------


def test_a_photo_reaches_the_terminal_and_is_gone_when_it_has_answered(sent, terminal):
    command = put(terminal)
    ((_, said),) = sent
    assert said["info"]["pic"].endswith(PHOTO)
    answer(terminal, command)
    kept = args_of(command)
    assert (command.state, kept["person"]) == ("done", "resident-17")
    assert kept["photo"] == {"size": len(PHOTO) + 2}
    assert set(kept["name"]) == set(kept["card"]) == {"size"}


def test_a_photo_is_gone_too_when_no_answer_came(sent, terminal):
    command = put(terminal)
    Command.objects.update(not_after=clock.now() - timedelta(seconds=3))
    commands.expire_overdue()
    kept = args_of(command)
    assert (command.state, set(kept["photo"])) == ("unknown", {"size"})
    # A late answer still counts, and the stored result stays as it is.
    answer(terminal, command)
    assert (args_of(command), command.state) == (kept, "done")


def test_a_photo_that_never_left_is_gone_with_its_command(terminal):
    command = put(terminal)
    Command.objects.update(not_after=clock.now() - timedelta(seconds=3))
    commands.expire_overdue()
    assert (set(args_of(command)["photo"]), command.state) == ({"size"}, "expired")


def test_commands_without_secrets_keep_their_arguments(sent, terminal):
    command = commands.send(
        terminal, "delete_person", {"person": "resident-17"}, actor="people", reason="moved out"
    )
    answer(terminal, command)
    assert args_of(command) == {"person": "resident-17"}


def test_a_photo_is_stored_by_its_size_and_who_it_was_is_forgotten_after_thirty_days(terminal):
    receive(terminal, record(terminal))
    event = DeviceEvent.objects.get()
    assert event.detail["image"] == len(JPEG)
    assert PHOTO not in json.dumps(event.detail)
    DeviceEvent.objects.update(received_at=clock.now() - timedelta(days=31))
    jobs.erase_details()
    event.refresh_from_db()
    assert event.detail == {}
    assert "resident" not in event.key


@pytest.mark.parametrize("broken", [b"", b"}", b"\0", b"cut"])
def test_no_face_lies_among_the_dead_letters(terminal, broken):
    face = b64(JPEG + bytes(range(256)) * 4)
    payload = record(terminal, pic=f"data:image/jpeg;base64,{face}", scene=face, VerifyStatus=None)
    payload = payload[:-300] if broken == b"cut" else payload + broken
    receive(terminal, payload.replace(b"/", b"\\/"))
    kept = bytes(DeadLetter.objects.get().payload).decode()
    assert "resident-17" in kept
    assert not any(face[n : n + 40] in kept.replace("\\/", "/") for n in range(0, 1200, 40))


@pytest.mark.parametrize("cut", [0, 300])
def test_dead_letters_of_unknown_senders_have_no_faces(transactional_db, cut):
    face = b64(JPEG + bytes(range(256)) * 4)
    payload = json.dumps({"type": "face_result", "body": {"img_data": face}}).encode()
    inbound.receive("face.response", payload[: len(payload) - cut], clock.now())
    kept = bytes(DeadLetter.objects.get().payload).decode()
    assert "face_result" in kept
    assert face[:40] not in kept


def test_a_rejected_record_can_be_replayed_without_its_face(terminal):
    Device.objects.update(enabled=False)
    receive(terminal, record(terminal, pic=b64(JPEG + b"0" * 400_000)))
    Device.objects.update(enabled=True)
    letter = DeadLetter.objects.get()
    assert letter.size < 1000
    services.replay_dead_letter(letter, "guard")
    event = DeviceEvent.objects.get()
    assert (event.detail["credential"], event.detail["image"]) == ("resident-17", None)


# -- topics ------------------------------------------------------------------------------------


def test_the_topics_of_single_devices_are_those_of_the_enabled(terminal, camera):
    assert registry.own_topics() == ["face.75b994c0.65a4.response"]
    Device.objects.update(enabled=False)
    assert registry.own_topics() == []


def test_no_sensor_takes_the_topic_of_a_terminal(terminal):
    with pytest.raises(Rejection, match="belongs to another driver"):
        services.register_device(
            terminal.site,
            code="sensor-1",
            kind="sensor",
            driver="generic-json",
            topic="face.anything.response",
            options={"preset": "climate-zigbee"},
        )
