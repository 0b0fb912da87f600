"""Face cameras of face.{sn}.request: messages, events, commands and rejections."""

import json
from datetime import UTC, datetime

import pytest

from core.errors import Rejection
from devices import events
from devices.drivers import face_request
from devices.drivers.contract import Sender, Source
from tests.devices.device_commands import CMD_ID, device_command
from tests.devices.messages import JPEG, RECORDED, b64

CAMERA = "75b994c0-578b65a4"
NOW = datetime(2026, 5, 4, 8, 31, tzinfo=UTC)


def source(**options: object) -> Source:
    return Source(7, 3, CAMERA, face_request.check_options(options), "Asia/Shanghai")


def message(name: str, /, **fields: object) -> bytes:
    """A recorded message with other fields (of its body, where it has one); None leaves one out."""
    said = json.loads((RECORDED / "face-request" / f"{name}.json").read_text())
    inside = said.get("body", said)
    inside |= fields
    for left_out in [name for name, value in fields.items() if value is None]:
        del inside[left_out]
    return json.dumps(said, ensure_ascii=False).encode()


def parsed(payload: bytes, **options: object) -> events.Event:
    return face_request.read(source(**options), Sender(CAMERA, "own"), payload, NOW)


def rejection(payload: bytes) -> Rejection:
    with pytest.raises(Rejection) as refused:
        parsed(payload)
    return refused.value


def written(action: str, /, options: dict | None = None, **args: object) -> tuple[str, dict]:
    sent = face_request.write(device_command(action, CAMERA, options, **args))
    return sent.topic, json.loads(sent.payload)


# -- what the camera saw -----------------------------------------------------------------------


def test_a_result_has_the_person():
    seen = parsed(message("face_result"))
    assert isinstance(seen, events.CredentialSeen)
    assert (seen.means, seen.credential, seen.granted) == ("face", "resident-17", True)
    assert (seen.score, seen.image) == (0.91, JPEG)
    # Without a `sec`, the seconds are in `usec`.
    assert seen.at == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)


def test_a_result_with_seconds_and_microseconds_is_read_to_the_microsecond():
    seen = parsed(message("face_result_older"))
    assert seen.at == datetime(2026, 5, 4, 8, 30, 0, 778083, tzinfo=UTC)
    assert (seen.credential, seen.image) == ("772020051963050001", JPEG)


def test_a_camera_whose_seconds_count_local_time_is_read_in_the_sites():
    ahead = message("face_result", usec=1777883400 + 8 * 3600)
    assert parsed(ahead, local_clock=True).at == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    assert rejection(ahead).field == "body.usec"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"matched": 0}, "not alike enough"),
        ({"matched": -1, "per_id": ""}, "stranger"),
        ({"role": 2}, "on the camera's block list"),
        ({"per_id": ""}, "stranger"),
    ],
)
def test_a_face_that_is_unlike_unknown_or_blocked_is_no_pass(fields, reason):
    seen = parsed(message("face_result", **fields))
    assert (seen.granted, seen.reason) == (False, reason)


def test_a_stranger_has_no_likeness_and_no_name():
    seen = parsed(message("face_result_stranger"))
    assert (seen.credential, seen.score, seen.granted, seen.image) == ("", None, False, None)


def test_of_a_person_only_our_own_id_is_stored():
    kept = repr(parsed(message("face_result", name="张三", idcard="110101199001011234")))
    assert "张三" not in kept
    assert "110101199001011234" not in kept


def test_a_temperature_is_stored_only_with_the_cameras_option():
    warm = message("face_result_stranger")
    assert parsed(warm).values == {}
    assert parsed(warm, keep_temperature=True).values == {"body.temperature.c": 36.4}
    assert parsed(message("face_result"), keep_temperature=True).values == {}


def test_a_duplicate_has_the_same_key_without_personal_data():
    one, two = (parsed(message("face_result")).key for _ in range(2))
    assert one == two
    assert "resident" not in one
    assert parsed(message("face_result", sequence=17467)).key != one


def test_what_else_a_camera_sends_is_noted_only():
    noted = parsed(b'{"type":"hat_result","body":{}}')
    assert isinstance(noted, events.MessageLogged)
    assert noted.what == "hat_result"


def test_a_message_that_ends_as_a_text_of_c_is_read():
    assert parsed(message("face_result") + b"\0\0").granted is True


# -- on line and answers -----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "online"), [("mqtt_online", True), ("mqtt_lwt", False)])
def test_a_camera_is_online_and_its_last_will_offline(name, online):
    said = parsed(message(name))
    assert isinstance(said, events.StateReported)
    assert said.online is online


@pytest.mark.parametrize(
    ("code", "reply", "problem"),
    [
        (402, "exists", "present"),
        (7, "database full", "full"),
        (7, "person not found", "absent"),
        (7, "no face", ""),
    ],
)
def test_a_refusal_tells_a_known_person_a_full_list_and_an_unknown_one_apart(code, reply, problem):
    assert parsed(message("answer_refused", code=code, reply=reply)).problem == problem


def test_an_answer_settles_its_command():
    answered = parsed(message("answer"))
    assert (answered.cmd_id, answered.ok, answered.error) == (CMD_ID, True, "")


def test_a_denied_face_has_a_reason():
    answered = parsed(message("answer_refused"))
    assert (answered.ok, answered.error) == (
        False,
        "the person is on the camera already (code 402)",
    )
    other = parsed(message("answer_refused", code=7, reply="no face"))
    assert other.error == "no face (code 7)"
    assert parsed(message("answer_refused", code=7, reply=None)).error == ("it failed (code 7)")


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (b"{", "payload"),
        (b"{}", "cmd_id"),
        (b'{"type":"face_result"}', "body"),
        (message("face_result", matched=None), "body.matched"),
        (message("face_result", matched=101), "body.matched"),
        (message("face_result", usec=None), "body.usec"),
        (message("face_result", usec="now"), "body.usec"),
        (message("face_result_older", usec=1_000_000), "body.usec"),
        (message("face_result", usec=0), "body.usec"),
        (message("face_result", per_id=[]), "body.per_id"),
        (message("mqtt_online", cmd="mqtt_dance"), "cmd_id"),
        (message("face_result", sn="another"), "body.sn"),
        (message("mqtt_lwt", sn="another"), "sn"),
        (message("answer", cmd_id=None), "cmd_id"),
        (message("answer", code=None), "code"),
        (message("answer", sn="another"), "sn"),
        (b"x" * 5_000_000, "payload"),
    ],
)
def test_a_malformed_message_is_rejected_by_field(payload, field):
    assert rejection(payload).field == field


# -- who speaks --------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", [f"face.{CAMERA}.response", f"face/{CAMERA}/response"])
def test_the_topic_of_an_answer_names_the_camera(topic):
    assert face_request.sender(topic) == Sender(CAMERA, "own")


@pytest.mark.parametrize(
    "topic",
    [
        f"face.{CAMERA}.request",
        f"face/{CAMERA}/request",
        "face..response",
        "face//response",
        f"face.{CAMERA}/response",
        f"face.{CAMERA}.x/y.response",
        f"x/face.{CAMERA}.response",
        "face",
    ],
)
def test_no_other_topic_is_a_cameras(topic):
    assert face_request.sender(topic) is None


def test_a_serial_number_may_have_dots():
    assert face_request.sender("face.a.b.response") == Sender("a.b", "own")


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("face.response", "face_result"),
        ("face/response", "face_result"),
        ("online.response", "mqtt_online"),
        ("online/response", "mqtt_lwt"),
    ],
)
def test_a_shared_topic_is_read_only_with_the_cameras_option(topic, name):
    payload = message(name)
    sender = face_request.sender(topic, payload)
    assert sender == Sender(CAMERA, "shared")
    assert face_request.read(source(shared_topic=True), sender, payload, NOW)
    with pytest.raises(Rejection, match="shared_topic"):
        face_request.read(source(), sender, payload, NOW)


def test_a_bridge_may_bring_what_all_share_on_the_cameras_own_topic():
    for name, kind in (("face_result", events.CredentialSeen), ("mqtt_lwt", events.StateReported)):
        assert isinstance(parsed(message(name)), kind)


def test_answers_on_a_shared_topic_are_rejected():
    payload = message("answer")
    sender = face_request.sender("face.response", payload)
    with pytest.raises(Rejection, match="own topic"):
        face_request.read(source(shared_topic=True), sender, payload, NOW)


@pytest.mark.parametrize(
    ("topic", "payload", "field"),
    [
        ("face.response", b'{"type":"face_result","body":{}}', "body.sn"),
        ("online.response", b'{"cmd":"mqtt_online"}', "sn"),
        ("face.response", b'{"type":"face_result"}', "sn"),
    ],
)
def test_a_message_on_a_shared_topic_must_name_its_camera(topic, payload, field):
    with pytest.raises(Rejection) as refused:
        face_request.sender(topic, payload)
    assert refused.value.field == field


# -- commands ----------------------------------------------------------------------------------


def test_the_door_is_opened():
    assert written("open") == (
        f"face.{CAMERA}.request",
        {
            "client_id": CAMERA,
            "cmd_id": CMD_ID,
            "version": "0.2",
            "cmd": "gpio control",
            "ctrl_type": "on",
        },
    )


def test_commands_use_slashes_with_the_option():
    topic, _ = written("open", {"slashes": True})
    assert topic == f"face/{CAMERA}/request"


def test_the_camera_is_restarted():
    assert written("restart")[1]["cmd"] == "reboot_cam"


def test_a_person_is_created_with_a_photo_that_the_camera_fetches():
    _, said = written(
        "put_person",
        person="resident-17",
        name="测试",
        photo_url="https://gate.example/p/1",
        card="1673558526",
        begins_at="2026-05-04T00:00:00Z",
        ends_at="2026-06-04T00:00:00Z",
    )
    assert said["cmd"] == "create_face"
    assert (said["per_id"], said["face_id"], said["per_name"]) == (
        "resident-17",
        "resident-17",
        "测试",
    )
    assert (said["per_type"], said["usr_type"]) == (0, 0)
    assert (said["img_url"], said["idcardNum"]) == ("https://gate.example/p/1", "1673558526")
    assert (said["s_time"], said["e_time"]) == (1777852800000, 1780531200000)


def test_a_person_stored_in_the_camera_is_updated():
    _, said = written("put_person", person="resident-17", name="测试", known=True)
    assert said["cmd"] == "update_face"
    assert "img_url" not in said
    assert "s_time" not in said


def test_a_person_is_taken_off_the_list():
    _, said = written("delete_person", person="resident-17")
    assert (said["cmd"], said["type"], said["per_id"]) == ("delete_face", 0, "resident-17")


@pytest.mark.parametrize(
    ("action", "args", "field"),
    [
        ("dance", {}, "action"),
        ("put_person", {"person": "p", "name": "n"}, "args.photo_url"),
        ("put_person", {"person": "p", "name": "n", "photo": b64(JPEG)}, "args.photo"),
        ("put_person", {"person": "p", "name": "n", "known": "yes"}, "args.known"),
        ("put_person", {"name": "n", "known": True}, "args.person"),
        ("delete_person", {"person": ""}, "args.person"),
    ],
)
def test_a_command_with_wrong_arguments_is_rejected(action, args, field):
    with pytest.raises(Rejection) as refused:
        written(action, **args)
    assert refused.value.field == field


def test_a_camera_without_a_serial_number_gets_no_command():
    with pytest.raises(Rejection, match="serial"):
        face_request.write(device_command("open", None))


def test_options_are_true_or_false_and_known():
    with pytest.raises(Rejection, match=r"options\.dots"):
        face_request.check_options({"dots": True})
    assert face_request.check_options({"slashes": True})["slashes"] is True
