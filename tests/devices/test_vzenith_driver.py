"""Vzenith cameras: messages, events, commands and rejections."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Rejection
from devices import events
from devices.drivers import vzenith_mqtt
from devices.drivers.contract import DeviceCommand, Sender, Source
from tests.devices.messages import JPEG, RECORDED, b64, ivs_result, lane_result, vzenith

SERIAL = "265e1040-85e01fb7"
SOURCE = Source(device_id=7, site_id=3, name=SERIAL)
RECORDED_AT = datetime(2021, 5, 25, 7, 10, tzinfo=UTC)


def read(payload: bytes, name: str = "ivs_result", now: datetime | None = None) -> events.Event:
    now = now or datetime.now(UTC)
    return vzenith_mqtt.read(SOURCE, Sender(SERIAL, name), payload, now)


def recorded(name: str, channel: str | None = None) -> events.Event:
    payload = (RECORDED / "vzenith-mqtt" / f"{name}.json").read_bytes()
    return read(payload, channel or name, RECORDED_AT)


def rejection(payload: bytes, name: str = "ivs_result") -> Rejection:
    with pytest.raises(Rejection) as refused:
        read(payload, name)
    return refused.value


def device_command(action: str, **args: object) -> DeviceCommand:
    body = {
        "cmd_id": "0196f0c1a2b3c4d5e6f708192a3b4c5d",
        "action": action,
        "args": args,
        "issued_at": "2026-05-04T08:30:15.250000+00:00",
    }
    return DeviceCommand(
        device_code="cam", serial=SERIAL, site="park", timezone="Asia/Shanghai", body=body
    )


def written(action: str, **args: object) -> tuple[str, dict]:
    sent = vzenith_mqtt.write(device_command(action, **args))
    return sent.topic, json.loads(sent.payload)


def test_a_recorded_plate_result_is_read():
    seen = recorded("ivs_result")
    assert isinstance(seen, events.PlateSeen)
    assert (seen.raw_text, seen.confidence, seen.colour) == ("赣GZ7S13", 1.0, "blue")
    assert seen.at == datetime(2021, 5, 25, 7, 9, 55, 539956, tzinfo=UTC)
    assert (seen.trigger, seen.image) == ("auto", None)


def test_a_recorded_lane_result_is_a_car_that_passed():
    moved = recorded("lanectrl_result")
    assert (moved.movement, moved.plate) == ("passed", "赣GZ7S13")


def test_a_recorded_heartbeat_is_online():
    assert recorded("keep_alive").online is True


def test_a_recorded_reply_answers_its_command():
    answered = recorded("gpio_out_reply", "reply")
    assert (answered.cmd_id, answered.ok) == ("0196f0c1a2b3c4d5e6f708192a3b4c5d", True)


@pytest.mark.parametrize("text", ["_无_", "无牌车", ""])
def test_each_word_for_no_plate_is_an_empty_plate(text):
    seen = read(ivs_result(SERIAL, text, imageFile=b64(JPEG)))
    assert (seen.raw_text, seen.confidence, seen.image) == ("", 0.0, JPEG)


@pytest.mark.parametrize(
    ("number", "colour"),
    [
        (0, ""),
        (1, "blue"),
        (2, "yellow"),
        (3, "white"),
        (4, "black"),
        (5, "green"),
        (6, "yellow-green"),
        (99, ""),
    ],
)
def test_plate_colours_have_names(number, colour):
    assert read(ivs_result(SERIAL, colorType=number)).colour == colour


@pytest.mark.parametrize(("trigger", "movement"), [(64, "lingering"), (66, "turned_back")])
def test_a_result_triggered_by_a_movement_is_that_movement(trigger, movement):
    moved = read(ivs_result(SERIAL, triggerType=trigger))
    assert isinstance(moved, events.CarMoved)
    assert moved.movement == movement


def test_the_end_of_lingering_is_noted_only():
    assert read(ivs_result(SERIAL, triggerType=65)).what == "lingering over"


@pytest.mark.parametrize(
    ("number", "movement"),
    [
        (83, "passed"),
        (84, "turned_back"),
        (85, "tailgating"),
        (82, "lingering"),
        (64, "lingering"),
        (81, "person_lingering"),
    ],
)
def test_lane_events_have_names(number, movement):
    assert read(lane_result(SERIAL, number), "lanectrl_result").movement == movement


def test_an_undocumented_lane_event_is_only_noted():
    assert read(lane_result(SERIAL, 112), "lanectrl_result").what == "lane event 112"


def test_the_whole_photo_goes_before_the_plates_own_photo():
    small = JPEG + b"small"
    both = read(ivs_result(SERIAL, imageFile=b64(JPEG), imageFragmentFile=b64(small)))
    assert (both.image, both.box) == (JPEG, (410, 620, 560, 668))
    only = read(ivs_result(SERIAL, imageFragmentFile=b64(small)))
    assert (only.image, only.box) == (small, None)


@pytest.mark.parametrize(
    "place",
    [None, {}, {"RECT": {"left": -1, "top": 0, "right": 5, "bottom": 5}}, {"RECT": [0, 0, 0, 0]}],
)
def test_a_plate_whose_place_makes_no_sense_is_read_without_it(place):
    assert read(ivs_result(SERIAL, imageFile=b64(JPEG), location=place)).box is None


def test_a_result_without_a_licence_is_taken_for_its_photo_alone():
    assert read(ivs_result(SERIAL, license=None, imageFile=b64(JPEG))).raw_text == ""
    assert rejection(ivs_result(SERIAL, license=None)).field.endswith("PlateResult.license")


@pytest.mark.parametrize(("flag", "buffered"), [(1, True), (0, False), (None, False)])
@pytest.mark.parametrize("trigger", [1, 64, 65, 66])
def test_a_record_of_an_outage_is_flagged(flag, buffered, trigger):
    at = datetime.now(UTC) - timedelta(hours=3)
    event = read(ivs_result(SERIAL, at=at, isoffline=flag, triggerType=trigger))
    assert (event.buffered, event.at) == (buffered, at)


@pytest.mark.parametrize("flag", [2, -1, "1", True, [1]])
def test_another_value_of_the_flag_is_rejected(flag):
    field = "payload.AlarmInfoPlate.result.PlateResult.isoffline"
    assert rejection(ivs_result(SERIAL, isoffline=flag)).field == field


def test_a_duplicate_has_the_same_key_with_any_id():
    at = datetime.now(UTC)
    one, two = (read(ivs_result(SERIAL, at=at)).key for _ in range(2))
    assert one == two
    assert read(ivs_result(SERIAL, "沪A99999", at=at)).key != one
    assert read(ivs_result(SERIAL, at=at - timedelta(seconds=1))).key != one


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (b"{'id': 1}", "payload"),
        (vzenith(SERIAL, "ivs_result", {"AlarmInfo": {}}), "payload.AlarmInfoPlate"),
        (vzenith(SERIAL, "ivs_result", payload=None), "payload.AlarmInfoPlate"),
        (vzenith("other", "ivs_result"), "sn"),
        (
            ivs_result(SERIAL, license="no base64"),
            "payload.AlarmInfoPlate.result.PlateResult.license",
        ),
        (
            ivs_result(SERIAL, license=b64("沪A12345".encode("gbk"))),
            "payload.AlarmInfoPlate.result.PlateResult.license",
        ),
        (
            ivs_result(SERIAL, imageFile=b64(b"GIF89a")),
            "payload.AlarmInfoPlate.result.PlateResult.imageFile",
        ),
        (
            ivs_result(SERIAL, confidence=101),
            "payload.AlarmInfoPlate.result.PlateResult.confidence",
        ),
        (
            ivs_result(SERIAL, confidence=None),
            "payload.AlarmInfoPlate.result.PlateResult.confidence",
        ),
        (
            ivs_result(SERIAL, timeStamp={"Timeval": {"sec": "now"}}),
            "payload.AlarmInfoPlate.result.PlateResult.timeStamp.Timeval.sec",
        ),
        (ivs_result(SERIAL, at=datetime.now(UTC) + timedelta(hours=8)), "timestamp"),
        (b"x" * 5_000_000, "payload"),
    ],
)
def test_a_malformed_message_is_rejected_by_field(payload, field):
    assert rejection(payload).field == field


def test_a_photo_of_a_megabyte_is_read():
    photo = JPEG + b"\x00" * 1_000_000
    assert len(read(ivs_result(SERIAL, imageFile=b64(photo))).image) == len(photo)


def test_a_snapshot_comes_as_a_photo_or_as_an_address():
    taken = read(vzenith(SERIAL, "snapshot", {"image_content": b64(JPEG)}), "snapshot")
    assert taken.image == JPEG
    kept = read(vzenith(SERIAL, "snapshot", {"imgPath": b64("https://a/b.jpg")}), "snapshot")
    assert (kept.image, kept.address) == (None, "https://a/b.jpg")
    assert rejection(vzenith(SERIAL, "snapshot", {"x": 1}), "snapshot").field == "payload.imgPath"


def test_a_reply_with_another_code_is_a_rejection_by_the_camera():
    answered = read(vzenith(SERIAL, "gpio_out", id="c1", code=403), "reply")
    assert (answered.ok, answered.error) == (False, "code 403")


def test_the_topic_names_the_camera_and_the_message():
    assert vzenith_mqtt.sender(f"{SERIAL}/device/message/up/ivs_result") == Sender(
        SERIAL, "ivs_result"
    )
    assert vzenith_mqtt.sender(f"{SERIAL}/device/message/down/gpio_out/reply") == Sender(
        SERIAL, "reply"
    )
    assert vzenith_mqtt.sender(f"{SERIAL}/device/message/down/gpio_out") is None
    assert vzenith_mqtt.sender(f"a/{SERIAL}/device/message/up/ivs_result") is None


@pytest.mark.parametrize(("action", "io"), [("open", 0), ("close", 1)])
def test_the_arm_is_moved_by_a_pulse_on_its_relay(action, io):
    topic, sent = written(action)
    assert topic == f"{SERIAL}/device/message/down/gpio_out"
    assert sent == {
        "id": "0196f0c1a2b3c4d5e6f708192a3b4c5d",
        "sn": SERIAL,
        "name": "gpio_out",
        "version": "1.0",
        "timestamp": 1777883415,
        "payload": {"type": "gpio_out", "body": {"delay": 500, "io": io, "value": 2}},
    }


@pytest.mark.parametrize(("action", "name"), [("trigger", "ivs_trigger"), ("snapshot", "snapshot")])
def test_a_camera_is_asked_to_look_with_an_empty_body(action, name):
    topic, sent = written(action)
    assert topic.endswith(f"/down/{name}")
    assert sent["payload"] == {"type": name, "body": {}}


def test_the_clock_is_set_in_the_sites_own_time():
    _, sent = written("set_time")
    assert sent["payload"]["body"] == {
        "year": "2026",
        "month": "05",
        "day": "04",
        "hour": "16",
        "min": "30",
        "sec": "15",
    }


def test_the_allow_list_is_put_in_the_sites_own_time():
    entry = {
        "plate": "沪A12345",
        "begins_at": "2026-05-01T00:00:00+08:00",
        "ends_at": "2026-06-01T00:00:00Z",
    }
    _, sent = written("allow_list", put=[entry])
    assert sent["payload"]["body"] == {
        "operator_type": "update_or_add",
        "dldb_rec": [
            {
                "plate": "沪A12345",
                "create_time": "2026-05-04 16:30:15",
                "enable": 1,
                "enable_time": "2026-05-01 00:00:00",
                "overdue_time": "2026-06-01 08:00:00",
                "time_seg_enable": 0,
                "need_alarm": 0,
            }
        ],
    }


def test_plates_are_taken_off_the_allow_list():
    _, sent = written("allow_list", delete=["沪A12345"])
    assert sent["payload"]["body"] == {"operator_type": "delete", "plate": ["沪A12345"]}


def test_bytes_for_the_lanes_sign_go_through_the_cameras_serial_port():
    _, sent = written("serial_data", data=b64(b"\x00\x64\xff"))
    assert sent["payload"]["body"] == {
        "serialData": [{"serialChannel": 0, "data": "AGT/", "dataLen": 3}]
    }


@pytest.mark.parametrize(
    ("action", "args", "field"),
    [
        ("dance", {}, "action"),
        ("allow_list", {}, "args.put"),
        ("allow_list", {"delete": []}, "args.delete"),
        ("allow_list", {"delete": [5]}, "args.delete.0"),
        ("allow_list", {"put": [{"plate": "沪A1"}]}, "args.put[0].begins_at"),
        ("serial_data", {"data": "?"}, "args.data"),
        ("serial_data", {"data": ""}, "args.data"),
    ],
)
def test_a_command_with_wrong_arguments_is_rejected(action, args, field):
    with pytest.raises(Rejection) as refused:
        written(action, **args)
    assert refused.value.field == field
