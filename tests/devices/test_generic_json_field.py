"""A device with a mapping in the field: a real broker, the gates process, its own topic."""

import json
from collections.abc import Callable

import pytest

from core import clock
from devices import services
from devices.models import DeadLetter, Device, DeviceEvent
from devices.telemetry.models import Measurement
from devices.units import unit_of, units_of
from estate.models import Bay
from tests.devices.broker import FieldDevice, eventually
from tests.factories import BayFactory, LotFactory, SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)

CELLAR = {
    "metrics": [
        {"metric": "temperature.c", "pointer": "/temp", "scale": "0.1"},
        {"metric": "leak", "pointer": "/leak", "unit": "l/min", "optional": True},
    ],
    "at": {"pointer": "/t", "form": "unix_ms"},
}


@pytest.fixture
def site(transactional_db):
    return SiteFactory()


def registered(site, topic: str, options: dict, **fields: object) -> Device:
    said = {"code": "cellar-1", "kind": "sensor", "driver": "generic-json", **fields}
    device, _password = services.register_device(site, **said, topic=topic, options=options)
    return device


def now_ms() -> int:
    return int(clock.now().timestamp() * 1000)


def reading(temp: object = 215, **more: object) -> bytes:
    return json.dumps({"t": now_ms(), "temp": temp, **more}).encode()


def says_until(device: FieldDevice, topic: str, happened: Callable[[], object]) -> object:
    """Publish again and again, as the process may not listen to the topic yet."""

    def publish_and_check() -> object:
        device.publish(topic, reading())
        return happened()

    return eventually(publish_and_check)


def values(device: Device) -> set[float]:
    return set(Measurement.objects.filter(device=device).values_list("value", flat=True))


def test_numbers_on_a_topic_of_its_own_are_telemetry_with_units(gates, device, site):
    sensor = registered(site, "cellar/1/state", CELLAR)
    assert says_until(device, "cellar/1/state", lambda: values(sensor) == {21.5})
    device.publish("cellar/1/state", reading(-30, leak="0.5"))
    assert eventually(lambda: values(sensor) == {21.5, -3.0, 0.5})
    assert units_of(sensor) == {"temperature.c": "°C", "leak": "l/min"}
    assert unit_of(sensor, "battery.volt") == "V"
    assert eventually(lambda: Device.objects.get(pk=sensor.pk).state == "online")
    assert not DeviceEvent.objects.filter(device=sensor).exists()


def test_the_same_reading_delivered_twice_is_one(gates, device, site):
    sensor = registered(site, "cellar/1/state", CELLAR)
    assert says_until(device, "cellar/1/state", lambda: values(sensor) == {21.5})
    twice = reading(99)
    device.publish("cellar/1/state", twice)
    device.publish("cellar/1/state", twice)
    device.publish("cellar/1/state", reading(11))
    assert eventually(lambda: 1.1 in values(sensor))
    assert Measurement.objects.filter(device=sensor, value=9.9).count() == 1


def test_a_changed_topic_is_followed_and_the_old_one_belongs_to_no_device(gates, device, site):
    sensor = registered(site, "cellar/1/state", CELLAR)
    assert says_until(device, "cellar/1/state", lambda: values(sensor) == {21.5})
    services.set_options(sensor, CELLAR, "cellar/2/state")
    Measurement.objects.filter(device=sensor).delete()
    assert says_until(device, "cellar/2/state", lambda: values(sensor) == {21.5})
    device.publish("cellar/1/state", reading(77))
    device.publish("cellar/2/state", reading(88))
    assert eventually(lambda: 8.8 in values(sensor))
    assert 7.7 not in values(sensor)


def test_messages_of_a_disabled_device_are_ignored_until_it_is_enabled(gates, device, site):
    sensor = registered(site, "cellar/1/state", CELLAR)
    other = registered(site, "cellar/2/state", CELLAR, code="cellar-2")
    assert says_until(device, "cellar/1/state", lambda: values(sensor) == {21.5})
    services.set_enabled(sensor, False)
    device.publish("cellar/1/state", reading(77))
    # The other device's message was published later, so this one's has been processed.
    assert says_until(device, "cellar/2/state", lambda: values(other) == {21.5})
    services.set_enabled(sensor, True)
    Measurement.objects.filter(device=sensor).delete()
    assert says_until(device, "cellar/1/state", lambda: values(sensor))
    assert values(sensor) == {21.5}
    # It was not listened to any more, or refused.
    assert set(DeadLetter.objects.values_list("field", flat=True)) <= {"code"}


def test_what_came_before_there_was_a_mapping_counts_once_there_is_one(gates, device, site):
    sensor = registered(site, "cellar/1/state", {})
    assert says_until(device, "cellar/1/state", DeadLetter.objects.exists)
    letters = DeadLetter.objects.filter(topic="cellar/1/state", site=site)
    assert letters.first().field == "options"
    services.set_options(sensor, {**CELLAR, "metrics": [{"metric": "a", "pointer": "/typo"}]})
    message = reading(99)
    device.publish("cellar/1/state", message)
    # One that was published before may be rejected for the same reason.
    assert eventually(lambda: letters.filter(field="/typo", payload=message).exists())
    services.set_options(sensor, CELLAR)
    for letter in letters:
        services.replay_dead_letter(letter, "technician")
    assert values(sensor) == {21.5, 9.9}
    assert not letters.filter(replayed_at=None).exists()


def test_a_bay_sensor_with_a_preset_fills_and_frees_its_bay(gates, device, site):
    topic = "application/a/device/0102/event/up"
    sensor = registered(site, topic, {"preset": "bay-magnetic"}, kind="bay_sensor")
    bay = BayFactory(lot=LotFactory(site=site), sensor=sensor)

    def uplink(occupied: bool) -> bytes:
        said = {"time": clock.now().isoformat(), "deduplicationId": str(now_ms())}
        return json.dumps({**said, "object": {"occupied": occupied}}).encode()

    def is_now(occupied: bool, status: str) -> bool:
        device.publish(topic, uplink(occupied))
        return Bay.objects.get(pk=bay.pk).status == status

    assert eventually(lambda: is_now(True, "occupied"))
    assert eventually(lambda: is_now(False, "free"))
