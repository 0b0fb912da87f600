"""Dead letters in the console: filtered by reason and device, and replayed in bulk."""

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from core import clock, jobs
from core.models import AuditEntry, Run, UndoableChange
from core.permissions import StandardRole
from devices import inbound, services
from devices.models import REPLAY_KIND, DeadLetter, DeviceEvent
from devices.redaction import redact
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory
from tests.rooms import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(here):
    """The browser of the site's technician."""
    return signed_in(hire(here.site, StandardRole.TECHNICIAN))


@pytest.fixture
def sensor(here):
    """A disabled sensor of which twelve messages arrived."""
    device = DeviceFactory(site=here.site, kind="bay_sensor", driver="gatehouse", serial=None)
    services.set_enabled(device, False)
    for n in range(12):
        send(device, f"m-{n}", type="bay", occupied=True)
    return device


def send(device, key, **said):
    """Publish a message on the device's own topic."""
    now = clock.now()
    body = {"v": 1, "id": key, "at": (now - timedelta(seconds=1)).isoformat(), **said}
    topic = f"gh/v1/{device.site.slug}/{device.code}/up/event"
    inbound.receive(topic, json.dumps(body).encode(), now)


def shown(here, client, **asked):
    rows = client.get(here.url("dead_letters"), {"state": "open", **asked}).context["rows"]
    return [letter.pk for letter in rows]


def mine(device):
    return list(DeadLetter.objects.filter(topic__contains=f"/{device.code}/").order_by("pk"))


def bulk(here, client, action, **asked):
    """Confirm an action on these dead letters, as many as there may be."""
    query = "&".join(f"{name}={each}" for name, value in asked.items() for each in value)
    return client.post(f"{here.url('bulk_letters', action)}?{query}", {"confirmed_rows": 99})


def replay(here, client, **asked):
    """Replay these dead letters from the console and run the jobs."""
    answer = bulk(here, client, "replay", **asked)
    jobs.run_waiting()
    return answer


def test_dead_letters_are_filtered_by_reason(here, client, sensor):
    reason = {"field": "code", "message": f"{sensor.code} is disabled"}
    assert len(shown(here, client, **reason)) == 12
    assert shown(here, client, field="code", message="nonsense") == []


def test_the_reasons_are_counted_most_frequent_first(here, client, sensor):
    reasons = client.get(here.url("dead_letters")).context["reasons"]
    assert [(each.message, each.letters) for each in reasons] == [
        (f"{sensor.code} is disabled", 12),
        ("ghost is not registered", 1),
    ]


def test_dead_letters_are_filtered_by_device_registered_or_not(here, client, sensor):
    assert len(shown(here, client, device=sensor.code)) == 12
    assert shown(here, client, device="ghost") == [here.letter.pk]


def test_a_dead_letter_links_to_its_device(here, client, sensor):
    answer = client.get(here.url("dead_letter", mine(sensor)[0].pk))
    assert answer.context["device"] == sensor
    assert here.url("device", sensor.pk) in text(answer)


def test_a_dead_letter_of_no_device_has_no_link(here, client):
    assert client.get(here.url("dead_letter", here.letter.pk)).context["device"] is None


def test_a_dead_letter_does_not_link_to_another_site_s_device(here, client, sensor):
    DeadLetter.objects.filter(pk=here.letter.pk).update(topic="cellar/1/state")
    stranger = DeviceFactory(driver="generic-json", topic="cellar/1/state", serial=None)
    assert stranger.site != here.site
    assert client.get(here.url("dead_letter", here.letter.pk)).context["device"] is None


def test_a_dead_letter_of_a_mapped_device_links_to_the_mapping(here, client):
    mapped = DeviceFactory(
        site=here.site, driver="generic-json", topic="cellar/1/state", serial=None
    )
    DeadLetter.objects.filter(pk=here.letter.pk).update(topic="cellar/1/state")
    answer = client.get(here.url("dead_letter", here.letter.pk))
    assert here.url("mapping", mapped.pk) in text(answer)


def test_selected_dead_letters_are_replayed_after_their_cause_is_fixed(here, client, sensor):
    services.set_enabled(sensor, True)
    first, second, *rest = mine(sensor)
    assert replay(here, client, row=[first.pk, second.pk]).status_code == 204
    taken = DeadLetter.objects.filter(replayed_at__isnull=False)
    assert {letter.pk for letter in taken} == {first.pk, second.pk}
    assert DeviceEvent.objects.filter(device=sensor).count() == 2
    assert len(shown(here, client, device=sensor.code)) == len(rest)


def test_all_dead_letters_of_one_reason_are_replayed_and_no_others(here, client, sensor):
    services.set_enabled(sensor, True)
    replay(here, client, all=["1"], field=["code"], device=[sensor.code])
    assert DeviceEvent.objects.filter(device=sensor).count() == 12
    assert DeadLetter.objects.get(pk=here.letter.pk).replayed_at is None


def test_the_run_shows_how_many_were_accepted_and_rejected_again(here, client, sensor):
    services.set_enabled(sensor, True)
    replay(here, client, all=["1"])
    run = Run.objects.get(kind=REPLAY_KIND)
    assert (run.total, run.done, run.failed) == (13, 12, 1)
    assert run.ended_at is not None
    assert "12 of 13 processed, 1 rejected again." in text(client.get(here.url("replay_progress")))


def test_a_run_is_audited_with_its_actor(here, client, sensor):
    replay(here, client, all=["1"], device=[sensor.code])
    entry = AuditEntry.objects.filter(site=here.site, action="replay dead letters").get()
    assert entry.detail == {"letters": 12}
    assert entry.actor == Run.objects.get(kind=REPLAY_KIND).actor


def test_a_dead_letter_rejected_again_stays_with_the_new_reason(here, client, sensor):
    services.set_enabled(sensor, True)
    DeadLetter.objects.filter(pk=mine(sensor)[0].pk).update(payload=b"{}", size=2)
    replay(here, client, row=[mine(sensor)[0].pk])
    letter = mine(sensor)[0]
    assert letter.replayed_at is None
    assert (letter.field, letter.message) == ("v", "is required")


def test_an_empty_selection_is_reported_and_starts_no_run(here, client):
    assert "No rows are selected" in text(client.get(here.url("bulk_letters", "replay")))
    assert replay(here, client).status_code == 422
    assert not Run.objects.filter(kind=REPLAY_KIND).exists()


def test_several_dead_letters_are_discarded_and_the_discard_is_undone(here, client, sensor):
    first, second, *_rest = mine(sensor)
    answer = bulk(here, client, "discard", row=[first.pk, second.pk])
    assert answer.status_code == 204
    assert set(shown(here, client, state="discarded")) == {first.pk, second.pk}
    assert AuditEntry.objects.filter(action="discard dead letter").count() == 2
    change = UndoableChange.objects.get()
    client.post(here.url("bulk_letters", "undo"), {"change": change.pk})
    assert shown(here, client, state="discarded") == []
    assert AuditEntry.objects.filter(action="restore dead letter").count() == 2


def test_the_confirmation_of_a_replay_says_how_many_and_that_it_is_final(here, client, sensor):
    address = f"{here.url('bulk_letters', 'replay')}?all=1&device={sensor.code}"
    page = text(client.get(address))
    assert "Replay 12 messages" in page
    assert "This can&#x27;t be undone." in page


@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 30, "٣"])
def test_an_invalid_selection_is_ignored(here, client, nonsense):
    assert replay(here, client, row=[nonsense]).status_code == 422


def test_dead_letters_of_another_site_are_never_replayed(here, client, sensor):
    there = World.build()
    replay(here, client, all=["1"])
    replay(here, client, row=[there.letter.pk])
    assert DeadLetter.objects.get(pk=there.letter.pk).replay_id is None


def test_a_payload_is_downloaded_unchanged_by_those_who_may_see_it(here, manager):
    answer = manager.get(here.url("letter_payload", here.letter.pk))
    assert answer.content == b'{"plate": "<script>"}'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


PERSONAL = [
    {"v": 1, "id": "x", "type": "plate", "plate": "沪A12345", "colour": "blue"},
    {"cmd": "ivs_result", "payload": {"PlateResult": {"license": "5rKqQTEyMzQ1"}}},
    {"type": "credential", "means": {"no": 8165538, "who": "Chen Jing"}, "沪A12345": 1},
    {"image": "/9j/" + "A" * 500, "list": ["沪A12345", 8165538]},
    {"at": "沪A12345", "type": "沪A12345", "state": "Chen Jing", "SHA12345": True},
    "沪A12345",
]
SECRETS = ("沪A12345", "5rKqQTEyMzQ1", "8165538", "Chen Jing", "AAAA", "SHA12345", "blue")


def store(here, payload: bytes, topic: str = "unknown/1") -> DeadLetter:
    return DeadLetter.objects.create(
        site=here.site,
        topic=topic,
        payload=payload,
        size=len(payload),
        field="payload",
        code="not_json",
        message="is no JSON",
        hint="send JSON",
        received_at=clock.now(),
    )


@pytest.mark.parametrize("message", PERSONAL)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_technician_sees_the_shape_of_a_message_without_personal_data(
    here, client, message, encoding
):
    letter = store(here, json.dumps(message, ensure_ascii=False).encode(encoding))
    for name in ("dead_letter", "letter_payload"):
        seen = client.get(here.url(name, letter.pk)).content.decode()
        assert not [secret for secret in SECRETS if secret in seen]
    assert "hidden" in text(client.get(here.url("dead_letter", letter.pk)))
    assert not AuditEntry.objects.filter(action="read rejected message").exists()


@pytest.mark.parametrize(
    "payload", [b"plate=A12345", b"\xff\xd8\xff\xe0 A12345", b'{"plate": "A123']
)
def test_of_a_message_that_is_no_json_a_technician_sees_the_size_only(here, client, payload):
    letter = store(here, payload)
    seen = client.get(here.url("letter_payload", letter.pk)).content
    assert seen == f"[{len(payload)} bytes]".encode()


def test_times_and_states_of_the_device_are_shown(here, client):
    body = {"type": "plate", "at": "2031-05-17T08:00:00Z", "battery": 17, "online": False}
    letter = store(here, json.dumps(body).encode())
    assert json.loads(client.get(here.url("letter_payload", letter.pk)).content) == body


def test_a_message_of_a_sensor_is_shown_to_technicians(here, client):
    letter = store(here, b'{"temp": "warm", "box": "cellar"}', here.sensor.topic)
    assert b"warm" in client.get(here.url("letter_payload", letter.pk)).content


@pytest.mark.parametrize("payload", [b'{"temp": 1, "plateNo": "A12345"}', b"A12345"])
def test_a_message_of_a_sensor_that_looks_personal_is_not_shown(here, client, payload):
    letter = store(here, payload, here.sensor.topic)
    assert b"A12345" not in client.get(here.url("letter_payload", letter.pk)).content
    answer = client.post(here.url("mapping", here.sensor.pk), {"do": f"take {letter.pk}"})
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["dead_letter", "letter_payload"])
def test_each_person_s_view_of_a_personal_message_is_recorded(here, manager, name):
    cache.clear()
    letter = store(here, b'{"plate": "A12345"}')
    assert b"A12345" in manager.get(here.url(name, letter.pk)).content
    entry = AuditEntry.objects.get(action="read rejected message")
    assert entry.subject == ("dead_letter", str(letter.pk))


def test_a_view_of_plates_among_a_device_s_events_is_recorded(here, manager, client):
    cache.clear()
    camera = here.gate.entry.camera
    DeviceEvent.objects.create(
        device=camera,
        key="seen",
        type="plate",
        at=clock.now(),
        received_at=clock.now(),
        detail={"raw_text": "沪A77777", "confidence": 0.9},
    )
    page = here.url("device", camera.pk)
    assert "沪A77777" not in text(client.get(page))
    assert not AuditEntry.objects.filter(action="read device events").exists()
    assert "沪A77777" in text(manager.get(page))
    assert AuditEntry.objects.get(action="read device events").subject_id == str(camera.pk)


@given(st.recursive(st.text() | st.integers(10**6) | st.floats(), st.lists, max_leaves=5))
def test_no_value_of_an_unknown_field_survives_redaction(value):
    shape = redact(json.dumps({"x": value}).encode())
    assert set(re.findall(r"[^\[\]{}\s,:\"]+", shape)) <= {"x", "number", "characters"} | set(
        re.findall(r"\d+", shape)
    )


def test_a_payload_stored_in_part_is_marked(here, client):
    DeadLetter.objects.update(size=900_000)
    assert "900000 bytes was stored" in text(client.get(here.url("dead_letter", here.letter.pk)))


def test_a_dead_letter_is_explained_in_the_page_s_language(here, technician):
    technician.cookies["django_language"] = "zh-hans"
    for page in (here.url("dead_letters"), here.url("dead_letter", here.letter.pk)):
        assert "ghost 未登记" in text(technician.get(page))
    assert "请先登记该设备" in text(technician.get(here.url("dead_letter", here.letter.pk)))
