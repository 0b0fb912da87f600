"""UHPPOTE door controllers: commands as requests to their gateway."""

import json

import pytest

from core.errors import Rejection
from devices.drivers import uhppote
from tests.devices.device_commands import CMD_ID, device_command

SERIAL = "405419896"
ROOT = f"uhppoted/{SERIAL}"


def written(action: str, options: dict | None = None, **args: object) -> tuple[str, dict]:
    sent = uhppote.write(device_command(action, SERIAL, options, **args))
    return sent.topic, json.loads(sent.payload)["message"]["request"]


CARD = {"card": 8165539, "begins": "2026-05-01", "ends": "2026-06-01"}
PROFILE = {
    "profile": 29,
    "begins": "2026-05-01",
    "ends": "2026-06-01",
    "days": [6, 0],
    "times": [["08:00", "12:29"]],
}
META = {"request-id": CMD_ID, "client-id": "gatehouse", "reply-to": f"{ROOT}/replies/{SERIAL}"}


@pytest.mark.parametrize(
    ("action", "args", "topic", "body"),
    [
        (
            "open",
            {"door": 4},
            "device/door/lock:open",
            {"device-id": 405419896, "door": 4, "card-number": 8165538},
        ),
        (
            "put_card",
            {"card": 8165539, "begins": "2026-05-01", "ends": "2026-06-01", "doors": [1, 4]},
            "device/card:put",
            {
                "device-id": 405419896,
                "card": {
                    "card-number": 8165539,
                    "start-date": "2026-05-01",
                    "end-date": "2026-06-01",
                    "doors": {"1": True, "2": False, "3": False, "4": True},
                },
            },
        ),
        (
            "delete_card",
            {"card": 8165539},
            "device/card:delete",
            {"device-id": 405419896, "card-number": 8165539},
        ),
        (
            "put_card",
            CARD | {"doors": [1], "profiles": {"3": 29}},
            "device/card:put",
            {
                "device-id": 405419896,
                "card": {
                    "card-number": 8165539,
                    "start-date": "2026-05-01",
                    "end-date": "2026-06-01",
                    "doors": {"1": True, "2": False, "3": 29, "4": False},
                },
            },
        ),
        (
            "find_card",
            {"card": 8165539},
            "device/card:get",
            {"device-id": 405419896, "card-number": 8165539},
        ),
        ("list_cards", {}, "device/cards:get", {"device-id": 405419896}),
        (
            "put_profile",
            PROFILE | {"linked": 30},
            "device/time-profile:set",
            {
                "device-id": 405419896,
                "profile": {
                    "id": 29,
                    "start-date": "2026-05-01",
                    "end-date": "2026-06-01",
                    "weekdays": "Monday,Sunday",
                    "segments": [{"start": "08:00", "end": "12:29"}],
                    "linked-profile": 30,
                },
            },
        ),
        (
            "find_profile",
            {"profile": 29},
            "device/time-profile:get",
            {"device-id": 405419896, "profile-id": 29},
        ),
        (
            "set_time",
            {},
            "device/time:set",
            {"device-id": 405419896, "date-time": "2026-05-04 16:30:15"},
        ),
        (
            "acl",
            {"url": "https://a/list.tar.gz"},
            "acl/acl:download",
            {"url": "https://a/list.tar.gz"},
        ),
    ],
)
def test_each_command_is_a_request_with_the_commands_own_number(action, args, topic, body):
    where, request = written(action, {"open_card": 8165538}, **args)
    assert where == f"{ROOT}/requests/{topic}"
    assert request == META | body


def test_commands_go_through_the_controllers_gateway():
    topic, request = written("set_time", {"gateway": "201020304"})
    assert topic == "uhppoted/201020304/requests/device/time:set"
    assert request["reply-to"] == f"uhppoted/201020304/replies/{SERIAL}"


@pytest.mark.parametrize(
    ("action", "options", "args", "field"),
    [
        ("dance", {}, {}, "action"),
        ("open", {}, {"door": 1}, "options.open_card"),
        ("open", {"open_card": 1}, {}, "args.door"),
        ("open", {"open_card": 1}, {"door": 5}, "args.door"),
        ("put_card", {}, {}, "args.begins"),
        ("put_card", {}, {"begins": "2026-5-1"}, "args.begins"),
        ("put_card", {}, {"begins": "2026-02-30"}, "args.begins"),
        ("put_card", {}, {"begins": "2026-05-02", "ends": "2026-05-01"}, "args.ends"),
        ("put_card", {}, {"begins": "2026-05-01", "ends": "2026-05-01", "card": 0}, "args.card"),
        (
            "put_card",
            {},
            {"begins": "2026-05-01", "ends": "2026-05-01", "card": 1, "doors": 1},
            "args.doors",
        ),
        (
            "put_card",
            {},
            {"begins": "2026-05-01", "ends": "2026-05-01", "card": 1, "doors": [5]},
            "args.doors.0",
        ),
        ("put_card", {}, CARD | {"doors": [], "profiles": {"5": 29}}, "args.profiles.5"),
        ("put_card", {}, CARD | {"doors": [], "profiles": {"1": 1}}, "args.profiles.1"),
        ("delete_card", {}, {"card": "8165538"}, "args.card"),
        ("find_card", {}, {}, "args.card"),
        ("put_profile", {}, PROFILE | {"profile": 255}, "args.profile"),
        ("put_profile", {}, PROFILE | {"ends": "2026-04-30"}, "args.ends"),
        ("put_profile", {}, PROFILE | {"days": [7]}, "args.days.0"),
        ("put_profile", {}, PROFILE | {"days": 1}, "args.days"),
        ("put_profile", {}, PROFILE | {"times": [["8:00", "9:00"]]}, "args.times"),
        ("put_profile", {}, PROFILE | {"times": [["08:00", "09:00"]] * 4}, "args.times"),
        ("find_profile", {}, {"profile": 1}, "args.profile"),
        ("acl", {}, {"url": "http://a/list"}, "args.url"),
        ("acl", {"gateway": "201020304"}, {"url": "https://a/list"}, "action"),
    ],
)
def test_a_command_with_wrong_arguments_is_rejected(action, options, args, field):
    with pytest.raises(Rejection) as refused:
        written(action, options, **args)
    assert refused.value.field == field


@pytest.mark.parametrize("serial", [None, "", "abc", "0", "4294967296", "４０５"])
def test_a_controller_without_a_number_gets_no_command(serial):
    with pytest.raises(Rejection) as refused:
        uhppote.write(device_command("set_time", serial))
    assert refused.value.field == "serial"
