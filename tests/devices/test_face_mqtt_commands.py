"""Face terminals of mqtt/face/{ID}: commands."""

import json

import pytest

from core.errors import Rejection
from devices.drivers import face_mqtt
from tests.devices.device_commands import CMD_ID, device_command
from tests.devices.messages import JPEG, b64

TERMINAL = "1306612"
PHOTO = b64(JPEG)


def written(action: str, /, **args: object) -> dict:
    sent = face_mqtt.write(device_command(action, TERMINAL, **args))
    assert sent.topic == f"mqtt/face/{TERMINAL}"
    return json.loads(sent.payload)


def test_the_door_is_opened():
    assert written("open") == {
        "messageId": CMD_ID,
        "operator": "Unlock",
        "info": {"facesluiceId": TERMINAL, "openDoor": "1"},
    }


def test_the_terminal_is_restarted():
    assert written("restart")["operator"] == "RebootDevice"


def test_a_person_is_put_with_a_photo_for_ever():
    said = written("put_person", person="resident-17", name="测试", photo=PHOTO)
    assert said["operator"] == "EditPerson"
    assert said["info"] == {
        "facesluiceId": TERMINAL,
        "customId": "resident-17",
        "name": "测试",
        "personType": 0,
        "tempCardType": 0,
        "tempValid": 0,
        "pic": f"data:image/jpeg;base64,{PHOTO}",
    }


def test_a_persons_times_are_written_as_the_sites_and_in_both_spellings():
    info = written(
        "put_person",
        person="visitor-9",
        name="visitor",
        begins_at="2026-05-04T00:00:00Z",
        ends_at="2026-05-04T20:00:00+08:00",
        card="1673558526",
        photo_url="https://gate.example/p/1",
    )["info"]
    assert (info["tempCardType"], info["tempValid"]) == (1, 1)
    assert info["cardValidBegin"] == info["validBegin"] == "2026-05-04 08:00:00"
    assert info["cardValidEnd"] == info["validEnd"] == "2026-05-04 20:00:00"
    assert (info["RFIDCard"], info["picURI"]) == ("1673558526", "https://gate.example/p/1")


def test_a_person_is_taken_off_the_list():
    said = written("delete_person", person="resident-17")
    assert (said["operator"], said["info"]["customId"]) == ("DelPerson", "resident-17")


def test_the_list_is_counted_and_read_in_parts():
    assert written("count_persons")["operator"] == "QueryPerson"
    said = written("list_persons", first=50, most=50)
    assert said["operator"] == "SearchPersonList"
    assert (said["info"]["BeginNO"], said["info"]["RequestCount"]) == (50, 50)
    said = written("find_person", person="17")
    assert (said["operator"], said["info"]["SearchID"]) == ("SearchPerson", "17")
    assert (said["info"]["customId"], said["info"]["Picture"]) == ("17", 0)


@pytest.mark.parametrize(
    ("action", "args", "field"),
    [
        ("dance", {}, "action"),
        ("put_person", {}, "args.person"),
        ("put_person", {"person": "p"}, "args.name"),
        ("put_person", {"person": "p", "name": "n" * 33}, "args.name"),
        ("put_person", {"person": "p", "name": "n", "photo": b64(b"GIF89a")}, "args.photo"),
        ("put_person", {"person": "p", "name": "n", "photo": "?"}, "args.photo"),
        (
            "put_person",
            {"person": "p", "name": "n", "photo": b64(JPEG + b"0" * 614_400)},
            "args.photo",
        ),
        ("put_person", {"person": "p", "name": "n", "card": "12a"}, "args.card"),
        ("put_person", {"person": "p", "name": "n", "photo_url": "ftp://x"}, "args.photo_url"),
        (
            "put_person",
            {"person": "p", "name": "n", "photo": PHOTO, "photo_url": "https://x/y"},
            "args.photo_url",
        ),
        (
            "put_person",
            {"person": "p", "name": "n", "begins_at": "2026-05-04T00:00:00Z"},
            "args.ends_at",
        ),
        (
            "put_person",
            {
                "person": "p",
                "name": "n",
                "begins_at": "2026-05-04T00:00:00Z",
                "ends_at": "2026-05-04T00:00:00Z",
            },
            "args.ends_at",
        ),
        ("delete_person", {}, "args.person"),
        ("find_person", {}, "args.person"),
        ("list_persons", {"first": -1, "most": 5}, "args.first"),
        ("list_persons", {"first": 0, "most": 101}, "args.most"),
    ],
)
def test_a_command_with_wrong_arguments_is_rejected(action, args, field):
    with pytest.raises(Rejection) as refused:
        written(action, **args)
    assert refused.value.field == field


def test_a_terminal_without_an_id_gets_no_command():
    with pytest.raises(Rejection, match="serial"):
        face_mqtt.write(device_command("open", None))
