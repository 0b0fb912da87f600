"""UHPPOTE door controllers: messages of their gateway, commands and rejections."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Rejection
from devices import events
from devices.drivers import uhppote
from devices.drivers.contract import Sender, Source
from tests.devices.device_commands import CMD_ID
from tests.devices.messages import RECORDED

SERIAL = "405419896"
SHANGHAI = "Asia/Shanghai"
SOURCE = Source(device_id=7, site_id=3, name=SERIAL, timezone=SHANGHAI)
AT = datetime(2026, 5, 4, 8, 30, 15, tzinfo=UTC)
NOW = AT + timedelta(seconds=2)
ROOT = f"uhppoted/{SERIAL}"
CHANNELS = {"reply": "replies", "error": "replies", "alive": "system", "alert": "system"}


def recorded(name: str) -> bytes:
    return (RECORDED / "uhppote" / f"{name}.json").read_bytes()


def read(payload: bytes, channel: str = "events", **how) -> events.Event:
    sender = Sender(SERIAL, channel, via=how.get("via", SERIAL))
    source, now = how.get("source", SOURCE), how.get("now", NOW)
    return uhppote.read(source, sender, payload, now)


def documented(name: str) -> events.Event:
    return read(recorded(name), CHANNELS.get(name.partition("_")[0], "events"))


def happened(**fields: object) -> bytes:
    """An event; a field given as None is left out."""
    said = json.loads(recorded("card_granted"))["message"]["event"] | fields
    said = {name: value for name, value in said.items() if value is not None}
    return json.dumps({"message": {"event": said}}).encode()


def replied(**fields: object) -> bytes:
    said = json.loads(recorded("reply_open"))["message"]["reply"] | fields
    return json.dumps({"message": {"reply": said}}).encode()


def rejection(payload: bytes, channel: str = "events", **how) -> Rejection:
    with pytest.raises(Rejection) as refused:
        read(payload, channel, **how)
    return refused.value


def test_a_card_that_was_let_through():
    seen = documented("card_granted")
    assert isinstance(seen, events.CredentialSeen)
    assert (seen.means, seen.credential, seen.granted) == ("card", "8165538", True)
    assert (seen.door, seen.direction, seen.reason, seen.at) == (4, "in", "", AT)


def test_a_denied_card_has_a_reason():
    seen = documented("card_denied")
    assert (seen.granted, seen.reason, seen.door) == (False, "no access rights", 3)


def test_an_event_of_an_older_gateway_has_plain_numbers():
    seen = documented("event_older")
    assert (seen.means, seen.credential, seen.granted, seen.at) == ("card", "8165538", True, AT)


@pytest.mark.parametrize(
    ("name", "means", "granted", "credential"),
    [
        ("button", "button", True, ""),
        ("button_denied", "button", False, ""),
        ("remote_open", "remote", True, "8165537"),
        ("supervisor_password", "pin", True, ""),
    ],
)
def test_other_ways_to_open_a_door_are_door_events(name, means, granted, credential):
    seen = documented(name)
    assert (seen.means, seen.granted, seen.credential) == (means, granted, credential)


@pytest.mark.parametrize(
    ("name", "door", "change"),
    [
        ("door_opened", 1, "opened"),
        ("door_closed", 1, "closed"),
        ("door_held", 2, "held"),
        ("door_forced", 2, "forced"),
    ],
)
def test_a_door_moves(name, door, change):
    moved = documented(name)
    assert isinstance(moved, events.DoorMoved)
    assert (moved.door, moved.change) == (door, change)


def test_other_alarms_and_unknown_events_are_noted_only():
    assert documented("fire").what == "alarm: fire"
    assert read(happened(**{"event-type": 77, "event-reason": 99})).what == "event 77: reason 99"


def test_the_controllers_time_is_the_sites_not_the_gateways():
    for zone in (" PDT", " +08", ""):
        assert read(happened(timestamp=f"2026-05-04 16:30:15{zone}")).at == AT


def test_an_event_in_the_hour_that_comes_twice_is_the_one_it_arrived_in():
    source = Source(7, 3, SERIAL, timezone="America/New_York")
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    again = first + timedelta(hours=1)
    payload = happened(timestamp="2026-11-01 01:30:00 EDT")
    early, late = (read(payload, source=source, now=now) for now in (first, again))
    assert (early.at, late.at) == (first, again)
    assert early.key == late.key  # the feed's copy of the live event stays a copy


def test_a_second_copy_has_the_same_key_and_a_reset_controllers_number_another():
    one, two = (read(happened()).key for _ in range(2))
    assert one == two
    assert read(happened(**{"event-id": 68})).key != one
    assert read(happened(timestamp="2026-05-04 16:30:16 CST")).key != one


@pytest.mark.parametrize(
    "name", ["reply_open", "reply_put_card", "reply_delete_card", "reply_set_time"]
)
def test_a_reply_answers_the_command_with_its_number(name):
    answered = documented(name)
    assert (answered.cmd_id, answered.ok, answered.error) == (CMD_ID, True, "")


def test_an_error_is_a_rejection_in_the_gateways_words():
    answered = documented("error")
    assert (answered.cmd_id, answered.ok) == (CMD_ID, False)
    assert answered.error == "401 Card 8165538 is not authorized for door 4"


def test_the_cards_of_a_controller_are_listed_by_number():
    answered = documented("reply_cards")
    assert answered.listed == {"8165537": {}, "8165538": {}}
    assert read(replied(response={"device-id": 405419896}), "replies").listed is None


def test_a_card_and_a_time_profile_are_read_whole():
    card = documented("reply_card").listed["8165538"]
    assert (card["start-date"], card["doors"]["3"]) == ("2021-01-01", 55)
    profile = documented("reply_profile").listed["29"]
    assert (profile["linked-profile"], len(profile["segments"])) == (3, 2)


@pytest.mark.parametrize(
    ("code", "message", "problem"),
    [
        (404, "no record of card", "absent"),
        (500, "Card not found", "absent"),
        (500, "card list full", "full"),
        (401, "not authorized", ""),
    ],
)
def test_an_error_tells_a_full_list_and_an_unknown_card_apart(code, message, problem):
    said = json.loads(recorded("error"))
    said["message"]["error"]["error"]["error"] = {"error-code": code, "message": message}
    answered = read(json.dumps(said).encode(), "replies")
    assert (answered.ok, answered.problem) == (False, problem)


def test_a_list_that_failed_for_one_controller_has_failed():
    answered = documented("reply_acl")
    assert (answered.ok, answered.error) == (False, "303986753: 2 failed")


@pytest.mark.parametrize("field", ["opened", "deleted"])
def test_a_request_that_the_controller_did_not_execute_has_failed(field):
    answered = read(replied(response={"device-id": 405419896, field: False}), "replies")
    assert (answered.ok, answered.error) == (False, f"not {field}")


def test_a_healthy_gateway_is_online():
    assert documented("alive").online is True


def test_a_gateway_with_a_fault_makes_no_device_online():
    noted = documented("alive_with_errors")
    assert (noted.what, noted.from_device) == ("watchdog: 1 error", False)


def test_the_gateway_reports_controllers_lost_and_found():
    assert documented("alert_lost").online is False
    assert documented("alert_found").online is True
    clock = documented("alert_clock")
    assert clock.what.startswith("gateway: system time not synchronized")
    assert clock.from_device is False


def test_the_message_names_the_controller_and_the_topic_the_gateway():
    other = f"uhppoted/{201020304}"
    for end in ("events", "events/live"):
        sent = uhppote.sender(f"{other}/{end}", happened())
        assert sent == Sender(SERIAL, "events", via="201020304")
    sent = uhppote.sender(f"{other}/system", recorded("alert_lost"))
    assert sent == Sender(SERIAL, "system", via="201020304")
    sent = uhppote.sender(f"{other}/system", recorded("alive"))
    assert sent == Sender("201020304", "system", via="201020304")
    sent = uhppote.sender(f"{other}/replies/{SERIAL}", b"")
    assert sent == Sender(SERIAL, "replies", via="201020304")


@pytest.mark.parametrize(
    "topic",
    [
        f"{ROOT}/requests/device:get",
        f"{ROOT}/events/x",
        f"{ROOT}",
        f"a/{SERIAL}/events",
        ROOT + "/",
    ],
)
def test_other_topics_are_not_its_own(topic):
    assert uhppote.sender(topic, b"{}") is None


@pytest.mark.parametrize(("channel", "payload"), [("events", "card_granted"), ("replies", "error")])
def test_a_gateway_speaks_only_for_the_controllers_that_name_it(channel, payload):
    assert rejection(recorded(payload), channel, via="201020304").field == "topic"
    theirs = Source(7, 3, SERIAL, {"gateway": "201020304"}, SHANGHAI)
    assert read(recorded(payload), channel, source=theirs, via="201020304").device_id == 7
    assert rejection(recorded(payload), channel, source=theirs, via=SERIAL).field == "topic"


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (b"no json", "payload"),
        (b"x" * 70_000, "payload"),
        (b"{}", "message"),
        (b'{"message": {}}', "message.event"),
        (b'{"message": {"event": "c2VjcmV0", "key": "a2V5"}}', "message.event"),
        (happened(timestamp=""), "message.event.timestamp"),
        (happened(timestamp="yesterday"), "message.event.timestamp"),
        (happened(timestamp="2026-05-04 25:00:00 CST"), "message.event.timestamp"),
        (happened(timestamp="2026-05-05 16:30:15 CST"), "message.event.timestamp"),
        (happened(timestamp="2026-03-04 16:30:15 CST"), "message.event.timestamp"),
        (happened(**{"event-id": None}), "message.event.event-id"),
        (happened(**{"event-type": {"code": "x"}}), "message.event.event-type.code"),
        (happened(**{"event-type": None}), "message.event.event-type"),
        (happened(**{"event-reason": 256}), "message.event.event-reason"),
        (happened(**{"access-granted": 1}), "message.event.access-granted"),
        (happened(**{"door-id": 5}), "message.event.door-id"),
        (happened(**{"card-number": -1}), "message.event.card-number"),
    ],
)
def test_a_malformed_event_is_rejected_by_field(payload, field):
    assert rejection(payload).field == field


@pytest.mark.parametrize(
    ("channel", "payload", "field"),
    [
        ("replies", b'{"message": {}}', "message.error"),
        ("replies", replied(**{"request-id": ""}), "message.reply.request-id"),
        ("replies", replied(response=None), "message.reply.response"),
        ("replies", replied(error="no"), "message.reply.error"),
        (
            "replies",
            replied(response={"device-id": 201020304, "opened": True}),
            "message.reply.response.device-id",
        ),
        ("system", b'{"message": {"system": {}}}', "message.system.alive"),
        ("system", b'{"message": {"system": {"alert": {}}}}', "message.system.alert.message"),
    ],
)
def test_a_malformed_gateway_message_is_rejected_by_field(channel, payload, field):
    assert rejection(payload, channel).field == field


def test_an_event_without_a_controller_is_rejected():
    with pytest.raises(Rejection, match="device-id"):
        uhppote.sender(f"{ROOT}/events", happened(**{"device-id": None}))


def test_options_are_kept_as_they_are_meant():
    assert uhppote.check_options({}) == {}
    given = {"gateway": "201020304", "open_card": 8165538.0}
    assert uhppote.check_options(given) == {"gateway": "201020304", "open_card": 8165538}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"gateway": 201020304}, "options.gateway"),
        ({"gateway": "main"}, "options.gateway"),
        ({"open_card": "8165538"}, "options.open_card"),
        ({"open_card": 0}, "options.open_card"),
        ({"card": 1}, "options.card"),
    ],
)
def test_an_invalid_option_is_rejected(options, field):
    with pytest.raises(Rejection) as refused:
        uhppote.check_options(options)
    assert refused.value.field == field
