"""Vzenith cameras of older firmware: one topic for all, and the option to use it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Rejection
from devices import events
from devices.drivers import vzenith_legacy
from devices.drivers.contract import Sender, Source
from tests.devices.device_commands import CMD_ID, device_command
from tests.devices.messages import JPEG, RECORDED, alarm_plate, b64

SERIAL = "0f823866-d2dc45ab"
SOURCE = Source(device_id=7, site_id=3, name=SERIAL, options={"shared_topic": False})
ALLOWED = Source(device_id=7, site_id=3, name=SERIAL, options={"shared_topic": True})
RECORDED_AT = datetime(2022, 2, 28, 16, 1, tzinfo=UTC)
PLATE = "AlarmInfoPlate.result.PlateResult"


def read(payload: bytes, source: Source = SOURCE, channel: str = "own", now=None) -> events.Event:
    now = now or datetime.now(UTC)
    return vzenith_legacy.read(source, Sender(SERIAL, channel), payload, now)


def documented(name: str) -> events.Event:
    return read((RECORDED / "vzenith-legacy" / f"{name}.json").read_bytes(), now=RECORDED_AT)


def rejection(payload: bytes, **how: object) -> Rejection:
    with pytest.raises(Rejection) as refused:
        read(payload, **how)
    return refused.value


def answer(**fields: object) -> bytes:
    return json.dumps({"serialno": SERIAL} | fields).encode()


def written(action: str, options: dict | None = None, **args: object) -> tuple[str, dict]:
    sent = vzenith_legacy.write(device_command(action, SERIAL, options, **args))
    return sent.topic, json.loads(sent.payload)["Response_AlarmInfoPlate"]


def test_a_plate_comes_in_plain_text():
    seen = documented("plate")
    assert isinstance(seen, events.PlateSeen)
    assert (seen.raw_text, seen.confidence, seen.colour) == ("鲁VF0050", 0.94, "blue")
    assert seen.at == datetime(2022, 2, 28, 15, 59, 59, 638740, tzinfo=UTC)
    assert (seen.trigger, seen.image) == ("virtual loop", None)


def test_a_plate_that_was_kept_through_an_outage_has_its_own_time():
    seen = documented("plate_offline")
    assert (seen.raw_text, seen.confidence) == ("", 0.0)
    assert seen.at == datetime(2022, 2, 28, 2, 26, 28, 672241, tzinfo=UTC)


@pytest.mark.parametrize(("flag", "buffered"), [(1, True), (0, False), (None, False)])
@pytest.mark.parametrize("trigger", [1, 64, 65, 66])
def test_a_record_of_an_outage_is_flagged(flag, buffered, trigger):
    at = datetime.now(UTC) - timedelta(hours=3)
    event = read(alarm_plate(SERIAL, at=at, isoffline=flag, triggerType=trigger))
    assert (event.buffered, event.at) == (buffered, at)


@pytest.mark.parametrize("flag", [2, "1", True])
def test_another_value_of_the_flag_is_rejected(flag):
    assert rejection(alarm_plate(SERIAL, isoffline=flag)).field == f"{PLATE}.isoffline"


def test_a_heartbeat_is_online():
    assert documented("heartbeat").online is True


def test_an_input_and_the_serial_port_are_noted_only():
    assert documented("input").what == "input 3 is 1"
    assert documented("serial_port").what == "7 bytes from the serial port"


def test_an_answer_settles_the_command_whose_number_it_has():
    done = documented("answer")
    assert (done.cmd_id, done.ok, done.error) == (CMD_ID, True, "")
    refused = documented("answer_refused")
    assert (refused.cmd_id, refused.ok, refused.error) == (
        CMD_ID,
        False,
        "code 500 no such command",
    )


@pytest.mark.parametrize(("trigger", "movement"), [(64, "lingering"), (66, "turned_back")])
def test_a_result_triggered_by_a_movement_is_that_movement(trigger, movement):
    assert read(alarm_plate(SERIAL, triggerType=trigger)).movement == movement


def test_the_photo_comes_with_the_plates_place():
    seen = read(alarm_plate(SERIAL, imageFile=b64(JPEG)))
    assert (seen.image, seen.box) == (JPEG, (410, 620, 560, 668))


def test_the_topic_names_the_camera_where_a_bridge_puts_it_there():
    topic = f"{SERIAL}/device/push/result"
    assert vzenith_legacy.sender(topic, b"") == Sender(SERIAL, "own")


def test_on_the_shared_topic_the_message_names_the_camera():
    for payload in (
        alarm_plate(SERIAL),
        b'{"state_code": 200, "serialno": "%s"}' % SERIAL.encode(),
    ):
        sent = vzenith_legacy.sender("/device/push/result", payload)
        assert sent == Sender(SERIAL, "shared")


@pytest.mark.parametrize("payload", [b"", b"{}", b'{"AlarmInfoPlate": {}}', b'{"serialno": 7}'])
def test_a_message_on_the_shared_topic_must_name_its_camera(payload):
    with pytest.raises(Rejection):
        vzenith_legacy.sender("/device/push/result", payload)


@pytest.mark.parametrize(
    "topic", ["device/push/result", "a/b/device/push/result", f"{SERIAL}/device/push/result/x"]
)
def test_other_topics_are_not_its_own(topic):
    assert vzenith_legacy.sender(topic, b"{}") is None


def test_the_shared_topic_is_read_only_with_the_cameras_option():
    refused = rejection(alarm_plate(SERIAL), channel="shared")
    assert refused.field == "topic"
    assert "shared_topic" in refused.hint
    seen = read(alarm_plate(SERIAL), source=ALLOWED, channel="shared")
    assert seen.raw_text == "沪A12345"


def test_below_its_own_serial_number_a_camera_speaks_for_itself_alone():
    assert rejection(alarm_plate("another")).field == "AlarmInfoPlate.serialno"
    assert rejection(answer(msgId="x", state_code=200, serialno="another")).field == "serialno"


def test_a_second_copy_has_the_same_key():
    at = datetime.now(UTC)
    one, two = (read(alarm_plate(SERIAL, at=at)).key for _ in range(2))
    assert one == two
    assert read(alarm_plate(SERIAL, "沪A99999", at=at)).key != one
    assert read(alarm_plate(SERIAL, at=at - timedelta(seconds=1))).key != one


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (b"no json", "payload"),
        (b"x" * 3_000_000, "payload"),
        (json.dumps({"serialno": SERIAL}).encode(), "AlarmInfoPlate"),
        (json.dumps({"AlarmInfoPlate": {"serialno": SERIAL}}).encode(), "AlarmInfoPlate.result"),
        (json.dumps({"AlarmInfoPlate": {"result": {}}}).encode(), "AlarmInfoPlate.serialno"),
        (alarm_plate(SERIAL, timeStamp=None), f"{PLATE}.timeStamp"),
        (alarm_plate(SERIAL, timeStamp={"Timeval": {}}), f"{PLATE}.timeStamp.Timeval.sec"),
        (alarm_plate(SERIAL, at=datetime.now(UTC) + timedelta(hours=8)), "timestamp"),
        (alarm_plate(SERIAL, license=5), f"{PLATE}.license"),
        (alarm_plate(SERIAL, license=None), f"{PLATE}.license"),
        (alarm_plate(SERIAL, license="沪" * 33), f"{PLATE}.license"),
        (alarm_plate(SERIAL, confidence=None), f"{PLATE}.confidence"),
        (alarm_plate(SERIAL, imageFile="?"), f"{PLATE}.imageFile"),
        (
            json.dumps({"state_code": "200", "serialno": SERIAL, "msgId": "x"}).encode(),
            "state_code",
        ),
        (json.dumps({"state_code": 200, "serialno": SERIAL}).encode(), "msgId"),
    ],
)
def test_a_malformed_message_is_rejected_by_field(payload, field):
    assert rejection(payload).field == field


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("open", {"info": "ok", "channelNum": 0, "delay": 500}),
        ("close", {"ivs_ioctrl": {"delay": 500, "io": 1, "value": 2}}),
        ("trigger", {"manualTrigger": "ok"}),
    ],
)
def test_the_arm_and_the_reader_are_commanded_with_the_commands_own_number(action, body):
    topic, sent = written(action)
    assert topic == f"{SERIAL}/device/{SERIAL}/command"
    assert sent == {"msgId": CMD_ID} | body


def test_commands_to_a_camera_on_the_shared_topic_use_the_makers_topic():
    assert written("open", {"shared_topic": True})[0] == f"/device/{SERIAL}/command"


def test_the_allow_list_is_put_in_the_sites_own_time():
    entry = {
        "plate": "沪A12345",
        "begins_at": "2026-05-01T00:00:00+08:00",
        "ends_at": "2026-06-01T00:00:00Z",
    }
    _, sent = written("allow_list", put=[entry])
    assert sent["white_list_operate"] == {
        "operate_type": 0,
        "white_list_data": [
            {
                "plate": "沪A12345",
                "enable": 1,
                "need_alarm": 0,
                "enable_time": "2026-05-01 00:00:00",
                "overdue_time": "2026-06-01 08:00:00",
            }
        ],
    }


def test_plates_are_taken_off_the_allow_list():
    _, sent = written("allow_list", delete=["沪A12345"])
    assert sent["white_list_operate"] == {
        "operate_type": 1,
        "white_list_data": [{"plate": "沪A12345", "enable": 1, "need_alarm": 0}],
    }


def test_bytes_for_the_lanes_sign_go_through_the_cameras_serial_port():
    _, sent = written("serial_data", channel=1, data=b64(b"\x00\x64\xff"))
    assert sent["serialData"] == [{"serialChannel": 1, "data": "AGT/", "dataLen": 3}]


@pytest.mark.parametrize(
    ("action", "args", "field"),
    [
        ("dance", {}, "action"),
        ("allow_list", {}, "args.put"),
        ("allow_list", {"delete": ["沪A12345"] * 6}, "args.delete"),
        ("allow_list", {"put": ["沪A12345"]}, "args.put[0].plate"),
        ("serial_data", {"data": "?"}, "args.data"),
        ("serial_data", {"channel": 2, "data": "AA=="}, "args.channel"),
    ],
)
def test_a_command_with_wrong_arguments_is_rejected(action, args, field):
    with pytest.raises(Rejection) as refused:
        written(action, **args)
    assert refused.value.field == field


def test_a_camera_without_a_serial_number_gets_no_command():
    with pytest.raises(Rejection, match="serial"):
        vzenith_legacy.write(device_command("open", None))


def test_the_shared_topic_is_off_by_default():
    assert vzenith_legacy.check_options({}) == {"shared_topic": False}
    assert vzenith_legacy.check_options({"shared_topic": True}) == {"shared_topic": True}


@pytest.mark.parametrize(
    ("options", "field"),
    [({"shared_topic": "yes"}, "options.shared_topic"), ({"topic": "x"}, "options.topic")],
)
def test_an_invalid_option_is_rejected(options, field):
    with pytest.raises(Rejection) as refused:
        vzenith_legacy.check_options(options)
    assert refused.value.field == field
