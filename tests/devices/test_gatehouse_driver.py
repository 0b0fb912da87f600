"""Our own protocol: messages, events and rejections by field."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.errors import Rejection
from devices import events
from devices.drivers import gatehouse
from devices.drivers.contract import DeviceCommand, Sender, Source
from tests.devices.messages import JPEG, b64, own, plate

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
SOURCE = Source(device_id=7, site_id=3, name="north-camera")


def read(payload: bytes, channel: str = "event") -> events.Event:
    return gatehouse.read(SOURCE, Sender("north-camera", channel, "park"), payload, NOW)


def rejection(payload: bytes, channel: str = "event") -> Rejection:
    with pytest.raises(Rejection) as refused:
        read(payload, channel)
    return refused.value


def test_a_plate_event_has_all_fields():
    seen = read(
        plate(
            "粤B 12345", 0.9, at=NOW, id="k1", colour="green", box=[1, 2, 30, 40], image=b64(JPEG)
        )
    )
    assert seen == events.PlateSeen(
        device_id=7,
        site_id=3,
        key="k1",
        at=NOW,
        received_at=NOW,
        raw_text="粤B 12345",
        confidence=0.9,
        colour="green",
        image=JPEG,
        box=(1, 2, 30, 40),
    )


def test_a_plate_event_may_have_five_frames_of_one_visit():
    frames = [JPEG + bytes([n]) for n in range(5)]
    seen = read(plate("", 0, at=NOW, passage="v-17", images=[b64(each) for each in frames]))
    assert (seen.image, *seen.more_images) == tuple(frames)
    assert seen.visit == "v-17"


def test_five_frames_of_the_largest_size_fit_into_one_message():
    largest = b64(JPEG.ljust(gatehouse.LARGEST_PHOTO, b"0"))
    seen = read(plate("", 0, at=NOW, images=[largest] * 5))
    assert len(seen.more_images) == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"images": []}, "images"),
        ({"images": "photo"}, "images"),
        ({"images": [b64(JPEG)] * 6}, "images"),
        ({"images": [b64(JPEG)], "image": b64(JPEG)}, "images"),
        ({"images": [b64(JPEG), None]}, "images[1]"),
        ({"images": [b64(JPEG), b64("text")]}, "images[1]"),
        ({"images": [b64(JPEG.ljust(gatehouse.LARGEST_PHOTO + 1, b"0"))]}, "images[0]"),
        ({"passage": ""}, "passage"),
        ({"passage": "x" * 101}, "passage"),
        ({"passage": 7}, "passage"),
    ],
)
def test_wrong_frames_are_rejected_by_their_place(fields, field):
    assert rejection(plate(at=NOW, **fields)).field == field


def test_an_unread_plate_is_an_empty_text():
    assert read(plate("", 0, at=NOW, image=b64(JPEG))).raw_text == ""


def test_a_time_of_any_offset_becomes_utc():
    local = NOW.astimezone(timezone(timedelta(hours=8)))
    assert read(plate(at=local)).at == NOW
    assert read(own(at=NOW, type="bay", occupied=True)).at.tzinfo is UTC


@pytest.mark.parametrize("movement", gatehouse.MOVEMENTS)
def test_a_movement_has_a_name(movement):
    moved = read(own(at=NOW, type=movement, plate="沪A1"))
    assert (moved.movement, moved.plate) == (movement, "沪A1")


@pytest.mark.parametrize("change", ["opened", "closed", "forced", "hit"])
def test_a_barrier_reports_its_movement(change):
    moved = read(own(at=NOW, type="barrier", change=change))
    assert isinstance(moved, events.BarrierMoved)
    assert moved.change == change


@pytest.mark.parametrize("alarm", events.ALARMS)
@pytest.mark.parametrize("active", [True, False])
def test_an_alarm_comes_on_or_goes_off_by_its_name(alarm, active):
    said = read(own(at=NOW, type="alarm", alarm=alarm, active=active))
    assert isinstance(said, events.AlarmsReported)
    assert said.alarms == {alarm: active}


def test_a_bay_sensor_reports_occupied_or_free():
    assert read(own(at=NOW, type="bay", occupied=False)).occupied is False


def test_a_status_is_online_or_offline():
    assert read(own(at=NOW, online=True), "status").online is True


def test_a_last_will_may_be_older_than_any_event():
    assert read(own(at=NOW - timedelta(days=90), online=False), "status").online is False


def test_an_ack_names_its_command():
    answered = read(own(at=NOW, cmd_id="c1", ok=False, error="arm is locked"), "ack")
    assert (answered.cmd_id, answered.ok, answered.error) == ("c1", False, "arm is locked")


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (b"\xff\xfe", "payload"),
        (b"{", "payload"),
        (b"[1]", "payload"),
        (b'{"v": NaN}', "payload"),
        (b"[" * 100_000, "payload"),
        (plate(at=NOW, v=2), "v"),
        (plate(at=NOW, v=None), "v"),
        (plate(at=NOW, v=True), "v"),
        (plate(at=NOW, id=None), "id"),
        (plate(at=NOW, id=""), "id"),
        (plate(at=NOW, id=5), "id"),
        (plate(at=NOW, id="x" * 101), "id"),
        (plate(at=NOW, id="a\x00b"), "id"),
        (plate(at=NOW, id="a\ud800b"), "id"),
        (plate(at=NOW, type="wave"), "type"),
        (plate(at=NOW, type=None), "type"),
        (plate(None, at=NOW), "plate"),
        (plate("x" * 33, at=NOW), "plate"),
        (plate(at=NOW, confidence=None), "confidence"),
        (plate(at=NOW, confidence=1.1), "confidence"),
        (plate(at=NOW, confidence=-0.1), "confidence"),
        (plate(at=NOW, confidence="high"), "confidence"),
        (plate(at=NOW, confidence=True), "confidence"),
        (plate(at=NOW, colour="pink"), "colour"),
        (plate(at=NOW, image="!"), "image"),
        (plate(at=NOW, image=b64(b"\x89PNG\r\n")), "image"),
        (plate(at=NOW, image=b64(JPEG + b"\x00" * 200 * 1024)), "image"),
        (plate(at=NOW, box=[1, 2, 3]), "box"),
        (plate(at=NOW, box=[30, 2, 1, 40]), "box"),
        (plate(at=NOW, box=[1, 2, 3.5, 4]), "box.right"),
        (own(at=NOW, type="bay", occupied=1), "occupied"),
        (own(at=NOW, type="bay"), "occupied"),
        (own(at=NOW, type="barrier"), "change"),
        (own(at=NOW, type="barrier", change="bent"), "change"),
        (own(at=NOW, type="alarm", alarm="boredom", active=True), "alarm"),
        (own(at=NOW, type="alarm", alarm="leak"), "active"),
        (plate(at=NOW, note="x" * 256 * 1024), "payload"),
    ],
)
def test_a_malformed_message_is_rejected_by_field(payload, field):
    assert rejection(payload).field == field


def test_a_time_without_offset_is_rejected_with_a_hint():
    naive = plate(at=NOW.replace(tzinfo=None))
    assert rejection(naive).field == "at"
    assert "offset" in rejection(naive).message
    assert "+08:00" in rejection(naive).hint


@pytest.mark.parametrize("text", ["yesterday", "2026-05-04", "2026-13-04T08:30:00Z", "1777883400"])
def test_a_text_that_is_not_a_time_is_rejected(text):
    said = own(at=NOW, type="bay", occupied=True).replace(NOW.isoformat().encode(), text.encode())
    assert rejection(said).field == "at"


@pytest.mark.parametrize("channel", ["event", "status", "ack"])
def test_a_time_over_five_minutes_ahead_is_rejected(channel):
    fields = {"type": "bay", "occupied": True, "online": True, "cmd_id": "c1", "ok": True}
    ahead = own(at=NOW + timedelta(minutes=5, seconds=1), **fields)
    assert rejection(ahead, channel).message == "is 301 s in the future"
    assert read(own(at=NOW + timedelta(minutes=5), **fields), channel).at > NOW


def test_an_event_from_before_any_outage_means_that_the_clock_is_lost():
    lost = datetime(1970, 1, 1, tzinfo=UTC)
    assert rejection(plate(at=lost)).hint == "set the device's clock"


def test_the_largest_photo_fits_into_a_message():
    photo = JPEG + b"\x00" * (200 * 1024 - len(JPEG))
    assert read(plate(at=NOW, image=b64(photo))).image == photo


def test_five_megabytes_are_rejected_unread():
    assert "bytes" in rejection(b"x" * 5_000_000).message


@pytest.mark.parametrize(
    "topic",
    [
        "gh/v1/park/cam/up/telemetry",
        "gh/v1/park/cam/up/event/more",
        "gh/v1/park/cam/down/command",
        "gh/v2/park/cam/up/event",
        "cam/up/event",
    ],
)
def test_other_topics_are_not_this_drivers(topic):
    assert gatehouse.sender(topic) is None


def test_a_topic_names_site_device_and_channel():
    assert gatehouse.sender("gh/v1/park/cam/up/ack") == Sender("cam", "ack", "park")


def test_a_command_goes_to_the_devices_own_topic_whole():
    body = {"cmd_id": "c1", "action": "open", "args": {}, "sig": "s", "reason": "住户"}
    command = DeviceCommand(device_code="arm", serial=None, site="park", timezone="UTC", body=body)
    sent = gatehouse.write(command)
    assert sent.topic == "gh/v1/park/arm/down/command"
    assert sent.payload == (
        '{"cmd_id":"c1","action":"open","args":{},"sig":"s","reason":"住户"}'.encode()
    )


def test_an_unsupported_action_is_rejected():
    command = DeviceCommand(
        device_code="arm", serial=None, site="park", timezone="UTC", body={"action": "dance"}
    )
    with pytest.raises(Rejection, match="close, deny, open"):
        gatehouse.write(command)


BUFFERABLE = {
    "plate": {"plate": "粤B12345", "confidence": 0.9},
    "passed": {},
    "turned_back": {"plate": "粤B12345"},
    "bay": {"occupied": True},
    "barrier": {"change": "opened"},
    "alarm": {"alarm": "water", "active": True},
}


@pytest.mark.parametrize("kind", BUFFERABLE)
@pytest.mark.parametrize(("flag", "buffered"), [(True, True), (False, False), (None, False)])
def test_any_event_may_be_flagged_as_buffered(kind, flag, buffered):
    at = NOW - timedelta(days=2)
    event = read(own(at=at, type=kind, buffered=flag, **BUFFERABLE[kind]))
    assert (event.buffered, event.at) == (buffered, at)


@pytest.mark.parametrize("flag", [1, "true", [], 0])
def test_another_value_of_the_flag_is_rejected(flag):
    refused = rejection(own(at=NOW, type="passed", buffered=flag))
    assert (refused.field, refused.code) == ("buffered", "not_a_boolean")


def test_a_reader_asks_with_one_or_two_factors():
    said = {"type": "credential", "ask": True, "means": "card", "value": "87-20101", "id": "q"}
    assert read(own(at=NOW, **said, direction="in", door=2)) == events.CredentialAsked(
        device_id=7,
        site_id=3,
        key="q",
        at=NOW,
        received_at=NOW,
        means="card",
        credential="87-20101",
        door=2,
        direction="in",
    )
    second = read(own(at=NOW, **said, second={"means": "pin", "value": "204811"}))
    assert (second.second_means, second.second_credential) == ("pin", "204811")


def test_a_reader_that_could_not_ask_says_what_it_decided():
    pressed = read(own(at=NOW, type="credential", means="button", granted=True))
    assert (pressed.means, pressed.credential, pressed.granted) == ("button", "", True)
    said = {"type": "credential", "means": "card", "value": "7", "granted": False}
    refused = read(own(at=NOW, **said, reason="unknown"))
    assert (refused.granted, refused.reason) == (False, "unknown")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ask": True, "means": "button", "value": "1"}, "means"),
        ({"ask": True, "means": "card"}, "value"),
        ({"ask": True, "means": "card", "value": ""}, "value"),
        ({"ask": "yes", "means": "card", "value": "1"}, "ask"),
        ({"ask": True, "means": "card", "value": "1", "door": 65}, "door"),
        ({"ask": True, "means": "card", "value": "1", "direction": "up"}, "direction"),
        ({"ask": True, "means": "card", "value": "1", "second": "pin"}, "second"),
        ({"ask": True, "means": "card", "value": "1", "second": {"means": "pin"}}, "second.value"),
        ({"means": "card", "value": "1"}, "granted"),
    ],
)
def test_a_wrong_credential_is_rejected_by_its_field(fields, field):
    assert rejection(own(at=NOW, type="credential", **fields)).field == field


def test_a_door_moves():
    moved = read(own(at=NOW, type="door", change="forced", door=3))
    assert (moved.door, moved.change) == (3, "forced")


@pytest.mark.parametrize("action", ["open", "deny"])
def test_the_answer_to_a_question_has_a_topic_of_its_own(action):
    body = {"cmd_id": "c1", "action": action, "args": {"ask_id": "q"}, "sig": "s"}
    command = DeviceCommand(
        device_code="reader", serial=None, site="park", timezone="UTC", body=body
    )
    assert gatehouse.write(command).topic == f"gh/v1/park/reader/down/{action}"


def test_a_denial_names_its_question():
    body = {"cmd_id": "c1", "action": "deny", "args": {}, "sig": "s"}
    command = DeviceCommand(
        device_code="reader", serial=None, site="park", timezone="UTC", body=body
    )
    with pytest.raises(Rejection) as refused:
        gatehouse.write(command)
    assert refused.value.field == "args.ask_id"


def test_a_rejected_credential_is_stored_without_its_value():
    said = own(at=NOW, type="credential", ask=True, means="pin", value="204811", door=99)
    assert b"204811" not in gatehouse.redact(said)
    car = plate(at=NOW)
    assert gatehouse.redact(car) == car


def test_a_reader_s_question_is_handled_before_others():
    said = own(type="credential", ask=True, means="card", value="1")
    assert gatehouse.may_open("event", said)
