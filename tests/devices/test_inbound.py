"""From a message to the apps' events: published once and completely, or a dead letter."""

from datetime import timedelta

import pytest

from core import clock
from core.errors import Rejection
from devices import events, inbound, services
from devices.drivers.generic_json import check_options
from devices.models import DeadLetter, DeviceEvent
from devices.telemetry import services as telemetry
from devices.telemetry.models import Latest
from tests.devices.messages import b64, camera_topic, ivs_result, own, plate, up, vzenith
from tests.factories import DeviceFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sensor():
    return DeviceFactory(code="bay-7", serial=None, kind="bay_sensor", driver="gatehouse")


@pytest.fixture
def camera():
    return DeviceFactory(serial="265e1040-85e01fb7")


def receive(topic: str, payload: bytes) -> events.Event | None:
    return inbound.receive(topic, payload, clock.now())


def stored_dead_letter() -> DeadLetter:
    return DeadLetter.objects.get()


def test_an_event_is_stored_and_published_once(sensor, heard):
    bays = heard(events.BayChanged)
    message = own(type="bay", occupied=True, id="e1")
    first = receive(up(sensor), message)
    assert receive(up(sensor), message).key == first.key
    assert bays == [first]
    (stored,) = DeviceEvent.objects.all()
    assert (stored.device, stored.key, stored.type) == (sensor, "e1", "bay")
    assert stored.detail == {"occupied": True}


def test_a_reported_firmware_is_stored_in_the_registry(sensor):
    for n, version in enumerate(["1.0", "1.0", "1.1"]):
        said = own(online=True, firmware=version, model="B-2", id=f"s{n}")
        receive(up(sensor, "status"), said)
    sensor.refresh_from_db()
    assert (sensor.state, sensor.firmware, sensor.model) == ("online", "1.1", "B-2")
    assert [event.key for event in DeviceEvent.objects.order_by("pk")] == ["s0", "s2"]


def test_two_devices_may_use_the_same_id(sensor, heard):
    bays = heard(events.BayChanged)
    other = DeviceFactory(site=sensor.site, code="bay-8", serial=None, driver="gatehouse")
    for device in (sensor, other):
        receive(up(device), own(type="bay", occupied=True, id="e1"))
    assert [event.device_id for event in bays] == [sensor.pk, other.pk]


def test_a_photo_is_handed_on_and_not_stored_twice(camera, heard):
    seen = heard(events.PlateSeen)
    photo = b"\xff\xd8\xff" + b"x" * 5000
    receive(camera_topic(camera), ivs_result(camera.serial, imageFile=b64(photo)))
    assert seen[0].image == photo
    assert DeviceEvent.objects.get().detail["image"] == len(photo)


def test_a_heartbeat_of_a_device_that_is_online_is_not_stored(camera, heard):
    states = heard(events.StateReported)
    receive(camera_topic(camera, "keep_alive"), vzenith(camera.serial, "keep_alive"))
    camera.refresh_from_db()
    assert camera.state == "online"
    receive(camera_topic(camera, "keep_alive"), vzenith(camera.serial, "keep_alive"))
    assert len(states) == DeviceEvent.objects.count() == 1


def test_a_message_of_an_unknown_device_lies_at_the_site_that_it_names():
    site = SiteFactory(slug="park")
    receive("gh/v1/park/nobody/up/event", plate())
    assert (stored_dead_letter().site, stored_dead_letter().field) == (site, "code")
    assert stored_dead_letter().hint == "register the device first"


def test_a_message_of_an_unknown_camera_lies_at_no_site():
    receive("SN404/device/message/up/ivs_result", ivs_result("SN404"))
    assert (stored_dead_letter().site, stored_dead_letter().field) == (None, "serial")


def test_a_device_is_unknown_at_another_site(sensor):
    elsewhere = SiteFactory(slug="elsewhere")
    receive("gh/v1/elsewhere/bay-7/up/event", own(type="bay", occupied=True))
    assert (stored_dead_letter().site, stored_dead_letter().field) == (elsewhere, "code")
    assert not DeviceEvent.objects.exists()


def test_messages_of_a_disabled_device_are_rejected(sensor, heard):
    bays = heard(events.BayChanged)
    sensor.enabled = False
    sensor.save()
    receive(up(sensor), own(type="bay", occupied=True))
    assert "is disabled" in stored_dead_letter().message
    assert bays == []


def test_a_camera_may_not_use_another_protocols_topic(camera):
    camera.code = "cam-1"
    camera.save()
    receive(f"gh/v1/{camera.site.slug}/cam-1/up/event", plate())
    assert stored_dead_letter().message == "belongs to gatehouse, not to vzenith-mqtt"


def test_a_camera_may_not_speak_for_another(camera):
    other = DeviceFactory(serial="SN2")
    receive(camera_topic(camera), ivs_result(other.serial))
    assert (stored_dead_letter().site, stored_dead_letter().field) == (camera.site, "sn")


def test_a_topic_of_no_driver_is_refused():
    receive("weather/today", b"{}")
    assert (stored_dead_letter().field, stored_dead_letter().site) == ("topic", None)


def test_a_huge_message_is_kept_in_part_with_its_true_size(sensor):
    receive(up(sensor), b"x" * 5_000_000)
    assert stored_dead_letter().size == 5_000_000
    assert len(stored_dead_letter().payload) == 256 * 1024
    assert "5000000 bytes" in stored_dead_letter().message


def test_an_event_of_the_future_is_refused(camera):
    ahead = clock.now() + timedelta(hours=8)
    receive(camera_topic(camera), ivs_result(camera.serial, at=ahead))
    assert stored_dead_letter().hint == "set the device's clock"


def test_a_late_batch_is_taken(sensor, heard):
    bays = heard(events.BayChanged)
    ago = clock.now() - timedelta(days=3)
    receive(up(sensor), own(type="bay", occupied=True, at=ago))
    assert bays[0].at == ago


def test_a_message_that_breaks_a_handler_is_undone_and_kept(sensor, only_handlers):
    def broken(event: events.BayChanged) -> None:
        sensor.name = "half written"
        sensor.save()
        raise ZeroDivisionError("no such number")

    only_handlers(events.BayChanged, broken)
    receive(up(sensor), own(type="bay", occupied=True))
    assert stored_dead_letter().message == "ZeroDivisionError: no such number"
    assert stored_dead_letter().site == sensor.site
    sensor.refresh_from_db()
    assert sensor.name == ""
    assert not DeviceEvent.objects.exists()


def test_a_handler_may_refuse_in_its_own_words(sensor, only_handlers):
    def refuse(event: events.BayChanged) -> None:
        raise Rejection("bay", "bay_unknown", "is not on the plan", "draw it")

    only_handlers(events.BayChanged, refuse)
    receive(up(sensor), own(type="bay", occupied=True))
    assert (
        stored_dead_letter().field,
        stored_dead_letter().message,
        stored_dead_letter().hint,
    ) == (
        "bay",
        "is not on the plan",
        "draw it",
    )


def test_a_reason_that_quotes_what_cannot_be_stored_is_stored_without_it(
    sensor, only_handlers, caplog
):
    # What is logged becomes part of the report, which parallel runs send as UTF-8.
    caplog.set_level("CRITICAL")

    def broken(event: events.BayChanged) -> None:
        raise ValueError("a\x00b\ud800" + "c" * 500)

    only_handlers(events.BayChanged, broken)
    receive(up(sensor), own(type="bay", occupied=True))
    assert stored_dead_letter().message.startswith("ValueError: a\ufffdb?c")
    assert len(stored_dead_letter().message) == 400


def test_open_pages_of_the_site_are_notified_of_a_dead_letter(sensor, announced):
    receive(up(sensor), b"{")
    assert ("dead_letter", sensor.site_id) in announced()


def test_an_event_whose_numbers_cannot_be_kept_is_not_kept_either(heard, monkeypatch):
    bays = heard(events.BayChanged)
    DeviceFactory(
        code="bay-9",
        serial=None,
        kind="bay_sensor",
        driver="generic-json",
        topic="lora/bay-9",
        options=check_options(
            {
                "metrics": [{"metric": "battery.percent", "pointer": "/battery"}],
                "occupied": {"pointer": "/car", "yes": ["1"], "no": ["0"]},
                "id": "/id",
            }
        ),
    )
    message = b'{"id": 1, "car": 1, "battery": 90}'
    with monkeypatch.context() as full:
        full.setattr(telemetry, "MAX_METRICS", 0)
        assert receive("lora/bay-9", message) is None
    assert (stored_dead_letter().field, bays, DeviceEvent.objects.count()) == (
        "m.battery.percent",
        [],
        0,
    )
    services.replay_dead_letter(stored_dead_letter(), "technician")
    assert ([event.occupied for event in bays], Latest.objects.get().value) == ([True], 90)
