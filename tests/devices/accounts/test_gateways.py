"""A network server's one account, which publishes for the sensors that name it, and no others."""

import pytest

from core.errors import Rejection
from devices import accounts, services
from devices.models import Device
from tests.config.running import eventually
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)


def mapped(site, code: str, gateway: str = "", topic: str = "") -> Device:
    options = {"gateway": gateway} if gateway else {}
    device, _password = services.register_device(
        site,
        code=code,
        kind="sensor",
        driver="generic-json",
        topic=topic or f"lora/{code}",
        options=options,
    )
    return device


def publishes(code: str) -> set[str]:
    return {
        topic for each in accounts.all_accounts() if each.name == code for topic in each.publishes
    }


def test_a_gateway_may_publish_for_those_who_name_it_and_they_for_themselves(site):
    mapped(site, "chirpstack")
    mapped(site, "bay-1", gateway="chirpstack")
    mapped(site, "bay-2")
    assert publishes("chirpstack") == {"lora/chirpstack", "lora/bay-1"}
    assert publishes("bay-1") == {"lora/bay-1"}


def test_no_device_is_the_gateway_of_another_site_or_of_itself(site):
    mapped(site, "chirpstack")
    for at, code in ((SiteFactory(), "bay-1"), (site, "bay-2")):
        name = "chirpstack" if code == "bay-1" else "bay-2"
        with pytest.raises(Rejection) as refused:
            mapped(at, code, gateway=name)
        assert refused.value.field == "options.gateway"
        assert not Device.objects.filter(code=code).exists()


def test_a_disabled_sensor_is_no_longer_published_for(site):
    mapped(site, "chirpstack")
    sensor = mapped(site, "bay-1", gateway="chirpstack")
    services.set_enabled(sensor, False)
    assert publishes("chirpstack") == {"lora/chirpstack"}


def test_the_broker_follows_when_a_sensor_comes_to_a_gateway_and_leaves_it(broker, site):
    gateway = mapped(site, "chirpstack")
    sensor = mapped(site, "bay-1", gateway="chirpstack")
    hears = broker.backend().subscribe("lora/#")

    def reaches(topic: str) -> bool:
        """Whether what the gateway publishes there is let through; what follows it always is."""
        hears.got.clear()
        client = broker.device(accounts.account_of(gateway))
        client.publish(topic)
        client.publish("lora/chirpstack")
        assert eventually(lambda: "lora/chirpstack" in hears.topics())
        client.close()
        return topic in hears.topics()

    assert reaches("lora/bay-1")
    services.set_options(sensor, {"gateway": "chirpstack"}, "lora/moved")
    assert (reaches("lora/bay-1"), reaches("lora/moved")) == (False, True)
    services.set_options(sensor, {})
    assert not reaches("lora/moved")
    hears.close()


def controller(site, serial: str, gateway: str = "") -> Device:
    options = {"gateway": gateway} if gateway else {}
    device, _password = services.register_device(
        site, code=f"c{serial}", kind="door", driver="uhppote", serial=serial, options=options
    )
    return device


def replies(serial: str) -> set[str]:
    return {topic for topic in publishes(serial) if "/replies/" in topic}


def test_a_controllers_gateway_answers_for_itself_and_for_those_who_name_it(site):
    controller(site, "405419896")
    behind = controller(site, "405419897", gateway="405419896")
    controller(site, "405419898")
    assert replies("405419896") == {
        "uhppoted/405419896/replies/405419896",
        "uhppoted/405419896/replies/405419897",
    }
    assert replies("405419898") == {"uhppoted/405419898/replies/405419898"}
    services.set_enabled(behind, False)
    assert replies("405419896") == {"uhppoted/405419896/replies/405419896"}
