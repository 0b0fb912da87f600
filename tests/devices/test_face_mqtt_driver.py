"""Face terminals of mqtt/face/{ID}: messages, events and rejections."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Rejection
from devices import events
from devices.drivers import face_mqtt
from devices.drivers.contract import Sender, Source
from tests.devices.device_commands import CMD_ID
from tests.devices.messages import JPEG, RECORDED, b64

TERMINAL = "1306612"
NOW = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
PHOTO = b64(JPEG)


def source(**options: object) -> Source:
    return Source(7, 3, TERMINAL, face_mqtt.check_options(options), "Asia/Shanghai")


def recorded(name: str) -> dict:
    return json.loads((RECORDED / "face-mqtt" / f"{name}.json").read_text())


def message(name: str, /, **info: object) -> bytes:
    """A recorded message with other fields in its info; one given as None is left out."""
    said = recorded(name)
    said["info"] = {k: v for k, v in {**said["info"], **info}.items() if v is not None}
    return json.dumps(said, ensure_ascii=False).encode()


def parsed(payload: bytes, channel: str = "Rec", **options: object) -> events.Event:
    return face_mqtt.read(source(**options), Sender(TERMINAL, channel), payload, NOW)


def rejection(payload: bytes, channel: str = "Rec") -> Rejection:
    with pytest.raises(Rejection) as refused:
        parsed(payload, channel)
    return refused.value


# -- records -----------------------------------------------------------------------------------


def test_a_record_has_the_person_and_that_access_was_granted():
    seen = parsed(message("rec_push"))
    assert isinstance(seen, events.CredentialSeen)
    assert (seen.means, seen.credential, seen.granted) == ("face", "resident-17", True)
    assert (seen.score, seen.direction, seen.reason) == (0.94, "in", "")
    assert seen.image == JPEG
    # 13:33:33 in Shanghai, which the terminal writes without an offset.
    assert seen.at == datetime(2026, 5, 4, 5, 33, 33, tzinfo=UTC)


def test_of_a_person_only_our_own_id_is_stored():
    seen = parsed(message("rec_push", personName="张三", idCard="110101199001011234", telnum="139"))
    kept = repr(seen)
    assert not any(private in kept for private in ("张三", "110101199001011234", "139'"))


def test_an_unlisted_face_is_denied_with_the_reason():
    seen = parsed(message("rec_push_terminal"))
    assert (seen.granted, seen.reason, seen.score) == (False, "not registered", None)
    assert seen.direction == ""


@pytest.mark.parametrize(
    ("status", "granted", "reason"),
    [
        ("1", True, ""),
        (1, True, ""),
        ("0", False, "not verified"),
        ("2", False, "refused"),
        (22, False, "waits for the platform"),
        ("9", False, "status 9"),
    ],
)
def test_only_the_status_one_is_a_pass(status, granted, reason):
    seen = parsed(message("rec_push", VerifyStatus=status))
    assert (seen.granted, seen.reason) == (granted, reason)


def test_firmware_that_sends_the_http_push_over_mqtt_is_read_alike():
    seen = parsed(message("verify_push"))
    assert (seen.credential, seen.granted, seen.image) == ("376791", True, JPEG)
    assert seen.score == pytest.approx(0.85003731)
    assert seen.at == datetime(2026, 5, 4, 0, 22, 29, tzinfo=UTC)


def test_a_person_who_was_enrolled_at_the_terminal_has_no_id_of_ours():
    assert parsed(message("rec_push", customId="")).credential == ""
    assert parsed(message("verify_push", CustomizeID=0)).credential == ""


def test_a_record_without_a_likeness_but_with_a_card_is_a_card():
    seen = parsed(message("rec_push", similarity1="0.000000", RFIDCard="1673558526"))
    assert (seen.means, seen.credential, seen.score) == ("card", "resident-17", None)
    seen = parsed(message("rec_push", similarity1=None, RFIDCard="1673558526", customId=" "))
    assert (seen.means, seen.credential) == ("card", "1673558526")


def test_a_record_with_a_code_is_a_code():
    seen = parsed(message("rec_push", szQrCodeData="visitor-7Q2M", customId=None))
    assert (seen.means, seen.credential) == ("qr", "visitor-7Q2M")


@pytest.mark.parametrize("photo", ["", None, "data:image/jpeg;base64,Qk025wAAAA==", "?", 5])
def test_a_record_counts_without_a_photo_that_can_be_shown(photo):
    seen = parsed(message("rec_push", pic=photo))
    assert (seen.granted, seen.image) == (True, None)


def test_a_photo_without_the_data_prefix_is_a_photo_too():
    assert parsed(message("rec_push", pic=PHOTO)).image == JPEG


def test_a_duplicate_has_the_same_key_without_personal_data():
    one, two = (parsed(message("rec_push")).key for _ in range(2))
    assert one == two
    assert "resident" not in one
    assert parsed(message("rec_push", RecordID="390")).key != one
    # The terminal's numbers begin again when it is reset.
    assert parsed(message("rec_push", time="2026-05-04 13:34:33")).key != one


def test_a_record_without_a_number_is_identified_by_its_content():
    one = message("rec_push", RecordID=None)
    assert parsed(one).key == parsed(one).key
    assert parsed(message("rec_push", RecordID=None, customId="resident-18")).key != parsed(one).key


def test_a_strangers_snapshot_is_a_denied_face():
    seen = parsed(message("snap_push"), "Snap")
    assert isinstance(seen, events.CredentialSeen)
    assert (seen.means, seen.credential, seen.granted) == ("face", "", False)
    assert (seen.reason, seen.image) == ("stranger", JPEG)


def test_what_else_a_terminal_makes_photos_of_is_noted_only():
    noted = parsed(message("alarm_snap_push"), "Snap")
    assert isinstance(noted, events.MessageLogged)
    assert noted.what == "BehaviorSnapPush"


def test_a_temperature_is_stored_only_with_the_terminals_option():
    warm = message("rec_push", temperature="36.4")
    assert parsed(warm).values == {}
    assert parsed(warm, keep_temperature=True).values == {"body.temperature.c": 36.4}
    fahrenheit = message("rec_push", temperature="97.5")
    assert parsed(fahrenheit, keep_temperature=True).values == {}


def test_a_late_record_is_read_up_to_a_month():
    late = NOW - timedelta(days=30)
    seen = parsed(message("rec_push", time=late.strftime("%Y-%m-%d %H:%M:%S"), Sendintime=0))
    assert seen.granted is True


# -- codes and cards ---------------------------------------------------------------------------


def test_a_code_is_handed_on_for_us_to_decide():
    seen = parsed(message("qr_code_push"), "QRCode")
    assert (seen.means, seen.credential, seen.granted) == ("qr", "visitor-7Q2M", False)
    assert seen.reason == "waits for the platform"
    assert seen.at == datetime(2026, 5, 4, 1, 44, tzinfo=UTC)
    assert "visitor" not in seen.key


def test_a_code_without_a_time_is_as_of_now():
    seen = parsed(message("qr_code_push_without_time"), "QRCode")
    assert (seen.credential, seen.at) == ("visitor-7Q2M", NOW)


def test_a_card_is_handed_on_for_us_to_decide():
    seen = parsed(message("card_push"), "Card")
    assert (seen.means, seen.credential, seen.granted) == ("card", "1673558526", False)
    flat = message("card_push", CardInfo=None, CardNum=1673558526)
    assert parsed(flat, "Card").credential == "1673558526"


# -- on line and answers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "channel", "online"),
    [("heartbeat", "heartbeat", True), ("online", "basic", True), ("offline", "basic", False)],
)
def test_a_terminal_is_online_and_its_last_will_offline(name, channel, online):
    said = parsed(message(name), channel)
    assert isinstance(said, events.StateReported)
    assert said.online is online


def test_a_heartbeat_with_a_wrong_clock_is_a_heartbeat():
    said = parsed(message("heartbeat", time="0000-00-00 00:00:00"), "heartbeat")
    assert (said.online, said.at) == (True, NOW)


def test_other_messages_on_the_basic_topic_are_only_noted():
    assert parsed(b'{"operator":"Online-Ack","info":{}}', "basic").what == "Online-Ack"


def test_an_answer_settles_its_command():
    answered = parsed(message("edit_person_ack"), "Ack")
    assert (answered.cmd_id, answered.ok, answered.error) == (CMD_ID, True, "")


def test_a_rejection_has_a_reason():
    answered = parsed(message("edit_person_ack_refused"), "Ack")
    assert (answered.cmd_id, answered.ok) == (CMD_ID, False)
    assert answered.error == "no face is found in the photograph (code 464)"
    plain = message("edit_person_ack_refused", detail="busy")
    odd = json.dumps({**json.loads(plain), "code": 410}).encode()
    assert parsed(odd, "Ack").error == "busy (code 410)"


def test_a_page_of_the_list_has_our_own_people_with_their_cards():
    answered = parsed(message("search_person_list_ack"), "Ack")
    assert answered.listed == {"17": {"card": "1673558526"}, "18": {"card": ""}}
    assert answered.count is None


def test_one_person_and_the_number_of_all_are_read():
    assert parsed(message("search_person_ack"), "Ack").listed == {"17": {"card": "1673558526"}}
    counted = parsed(message("query_person_ack"), "Ack")
    assert (counted.count, counted.listed) == (3, None)
    assert parsed(message("query_person_ack", PersonNum="many"), "Ack").count is None


@pytest.mark.parametrize(
    ("code", "problem"), [("467", "full"), ("461", "absent"), ("464", "photo"), ("410", "")]
)
def test_a_refusal_tells_a_full_list_an_unknown_person_and_a_bad_photo_apart(code, problem):
    said = json.dumps({**recorded("edit_person_ack_refused"), "code": code}).encode()
    assert parsed(said, "Ack").problem == problem


def test_a_confirmed_acknowledgement_is_a_sign_of_life():
    said = parsed(message("push_ack_ack"), "Ack")
    assert isinstance(said, events.StateReported)
    assert said.online is True


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "channel", "field"),
    [
        (b"{", "Rec", "payload"),
        (b"[]", "Rec", "payload"),
        (b"{}", "Rec", "info"),
        (b'{"info":{}}', "Rec", "operator"),
        (message("rec_push", facesluiceId="1306613"), "Rec", "info.facesluiceId"),
        (message("rec_push", VerifyStatus=None), "Rec", "info.VerifyStatus"),
        (message("rec_push", VerifyStatus=True), "Rec", "info.VerifyStatus"),
        (message("rec_push", customId="x" * 49), "Rec", "info.customId"),
        (message("rec_push", time=None), "Rec", "info.time"),
        (message("rec_push", time="yesterday"), "Rec", "info.time"),
        (message("rec_push", time="2026-05-04 18:00:00"), "Rec", "info.time"),
        (message("rec_push", time="2020-05-04 18:00:00"), "Rec", "info.time"),
        (message("snap_push", time=None), "Snap", "info.time"),
        (message("qr_code_push", QRCodeInfo=" "), "QRCode", "info.QRCodeInfo"),
        (message("card_push", CardInfo={}), "Card", "info.CardInfo.CardNum"),
        (b'{"operator":"Unlock-Ack","info":{"result":"ok"}}', "Ack", "messageId"),
        (b'{"operator":"Unlock-Ack","messageId":"m","info":{}}', "Ack", "info.result"),
        (b"x" * 6_000_000, "Rec", "payload"),
    ],
)
def test_a_malformed_message_is_rejected_by_field(payload, channel, field):
    assert rejection(payload, channel).field == field


def test_a_record_of_a_megabyte_is_read():
    photo = JPEG + b"\0" * 1_000_000
    assert len(parsed(message("rec_push", pic=b64(photo), scene=b64(photo))).image) > 1_000_000


# -- who speaks --------------------------------------------------------------------------------


def test_the_topic_names_the_terminal_and_the_message():
    assert face_mqtt.sender(f"mqtt/face/{TERMINAL}/Rec") == Sender(TERMINAL, "Rec")
    assert face_mqtt.sender(f"mqtt/face/{TERMINAL}/heartbeat") == Sender(TERMINAL, "heartbeat")
    assert face_mqtt.sender(f"mqtt/face/{TERMINAL}") is None
    assert face_mqtt.sender(f"mqtt/face/{TERMINAL}/IDCard") is None
    assert face_mqtt.sender(f"mqtt/face/a/{TERMINAL}/Rec") is None


@pytest.mark.parametrize(
    ("topic", "name"), [("mqtt/face/heartbeat", "heartbeat"), ("mqtt/face/basic", "offline")]
)
def test_a_shared_topic_is_read_only_with_the_terminals_option(topic, name):
    payload = message(name)
    sender = face_mqtt.sender(topic, payload)
    assert sender.name == TERMINAL
    with pytest.raises(Rejection, match=r"mqtt/face/1306612/(heartbeat|basic), or set its option"):
        face_mqtt.read(source(), sender, payload, NOW)
    said = face_mqtt.read(source(shared_topic=True), sender, payload, NOW)
    assert said.online is (name == "heartbeat")


def test_a_message_on_a_shared_topic_must_name_its_terminal():
    with pytest.raises(Rejection, match="facesluiceId"):
        face_mqtt.sender("mqtt/face/heartbeat", b'{"operator":"HeartBeat","info":{}}')


def test_options_are_true_or_false_and_known():
    with pytest.raises(Rejection, match=r"options\.colour"):
        face_mqtt.check_options({"colour": True})
    with pytest.raises(Rejection, match=r"options\.shared_topic"):
        face_mqtt.check_options({"shared_topic": "yes"})
    assert face_mqtt.check_options({}) == {"keep_temperature": False, "shared_topic": False}


# -- replies -----------------------------------------------------------------------------------


def replied(payload: bytes, channel: str, **options: object) -> dict | None:
    sent = face_mqtt.acknowledge(source(**options), Sender(TERMINAL, channel), payload)
    if sent is None:
        return None
    assert sent.topic == f"mqtt/face/{TERMINAL}"
    return json.loads(sent.payload)


@pytest.mark.parametrize(
    ("name", "channel", "kind", "number"),
    [
        ("rec_push", "Rec", 2, 389),
        ("snap_push", "Snap", 1, 946),
        ("alarm_snap_push", "Snap", 3, 17),
    ],
)
def test_a_numbered_record_is_acknowledged(name, channel, kind, number):
    said = replied(message(name), channel)
    assert said["operator"] == "PushAck"
    assert said["info"] == {"PushAckType": kind, "SnapOrRecordID": number}


def test_a_terminal_that_comes_online_is_acknowledged():
    for channel, options in (("basic", {}), ("shared/basic", {"shared_topic": True})):
        said = replied(message("online"), channel, **options)
        assert (said["operator"], said["info"]["result"]) == ("Online-Ack", "ok")
    assert replied(message("online"), "shared/basic") is None


@pytest.mark.parametrize(
    ("payload", "channel"),
    [
        (message("rec_push", RecordID=None), "Rec"),
        (message("heartbeat"), "heartbeat"),
        (message("edit_person_ack"), "Ack"),
        (message("offline"), "basic"),
        (message("rec_push", RecordID={}), "Rec"),
        (b"{", "Rec"),
        (b'{"operator":"RecPush"}', "Rec"),
    ],
)
def test_what_asks_for_no_reply_gets_none(payload, channel):
    assert replied(payload, channel) is None
