"""Retained messages: few topics for each device, and none of devices that may not publish."""

import pytest

from devices import accounts, jobs, retained, services
from devices.link.retained import RetainedMessages
from devices.models import Device
from devices.ports import Account, BrokerError
from tests.config.bare_broker import BareBroker
from tests.config.running import eventually
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)
SERIAL = "8c5f0100-d3a1"


@pytest.fixture
def url(broker: BareBroker, settings) -> str:
    settings.MQTT_URL = broker.url
    return broker.url


def stored(url: str) -> set[str]:
    with RetainedMessages(url) as messages:
        return set(messages.sizes())


def retain(broker: BareBroker, device: Device, *topics: str) -> None:
    """Publish retained messages as the device."""
    client = broker.device(accounts.account_of(device))
    for topic in topics:
        client.paho.publish(topic, b"x" * 500, qos=1, retain=True).wait_for_publish(20)
    client.close()


def camera(site, **fields: object) -> Device:
    values = {"code": "cam", "kind": "camera", "driver": "vzenith-mqtt", "serial": SERIAL}
    return services.register_device(site, **{**values, **fields})[0]


def test_a_device_retains_messages_on_the_topics_of_its_driver_only(broker, url, site):
    retain(
        broker,
        camera(site),
        f"{SERIAL}/device/message/up/ivs_result",
        f"{SERIAL}/device/message/up/invented",
        f"{SERIAL}/device/message/up/ivs_result/more",
        f"{SERIAL}/device/message/down/gpio_out/reply",
        f"{SERIAL}/device/message/down/invented/reply",
        f"{SERIAL}/device/message/down/gpio_out",
    )
    assert stored(url) == {
        f"{SERIAL}/device/message/up/ivs_result",
        f"{SERIAL}/device/message/down/gpio_out/reply",
    }


@pytest.mark.parametrize("change", ["disabled", "another serial", "deleted"])
def test_those_of_a_device_that_may_publish_no_more_are_removed(broker, url, site, change):
    device = camera(site)
    sensor, _ = services.register_device(site, code="bay-7", kind="bay_sensor", driver="gatehouse")
    retain(broker, device, f"{SERIAL}/device/message/up/ivs_result")
    retain(broker, sensor, "gh/v1/park/bay-7/up/status")
    if change == "disabled":
        services.set_enabled(device, False)
    elif change == "deleted":
        device.delete()
    else:
        Device.objects.filter(pk=device.pk).update(serial="other")
    jobs.sync_accounts()
    assert stored(url) == {"gh/v1/park/bay-7/up/status"}


def test_a_last_will_that_disabling_causes_is_removed_too(broker, url, site):
    sensor, _ = services.register_device(site, code="bay-7", kind="bay_sensor", driver="gatehouse")
    topic = "gh/v1/park/bay-7/up/status"
    client = broker.device(accounts.account_of(sensor))
    client.publish(topic)
    services.set_enabled(sensor, False)
    assert eventually(client.gone.is_set)
    jobs.sync_accounts()
    assert stored(url) == set()


def test_only_what_no_enabled_account_may_publish_is_unneeded():
    def account(name: str, *topics: str, enabled: bool = True) -> Account:
        return Account(
            name=name, password=None, version="", enabled=enabled, publishes=topics, listens=()
        )

    registered = [account("a", "a/x", "a/b/+"), account("b", "b/x", enabled=False)]
    topics = ["a/x", "a/b/c", "a/b/c/d", "b/x", "c"]
    assert retained.unneeded(topics, registered) == ["a/b/c/d", "b/x", "c"]


def test_another_s_broker_is_not_touched(settings, db):
    settings.MQTT_URL = "mqtt://127.0.0.1:1"
    DeviceFactory()
    assert retained.remove_unneeded() == 0


def test_a_broker_that_is_down_is_an_error(broker, settings, site):
    settings.MQTT_URL = "mqtt://127.0.0.1:1"
    with pytest.raises(BrokerError):
        retained.remove_unneeded()
