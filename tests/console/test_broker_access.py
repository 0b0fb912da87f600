"""The settings to enter into a new device: secrets, the broker's address, topics."""

import re
from html import unescape

import pytest

from console.devices.broker_access import check_public_address
from tests.browsers import text
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db

LIST = "code,kind,driver,serial,topic\nm-1,meter,gatehouse,,\nt-1,sensor,generic-json,,cellar/t\n"


def shown_values(answer):
    """The dialog's values by title; several values as one text."""
    shown = text(answer)
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", shown, re.DOTALL)
    codes = {name: re.findall(r"<code[^>]*>(.*?)</code>", value) for name, value in found}
    return {name: " ".join(map(unescape, values)) for name, values in codes.items()}


def new_device(here, technician, **more):
    said = {"code": "m-1", "kind": "meter", "driver": "gatehouse", "interval_s": "60", **more}
    return shown_values(technician.post(here.url("register_device"), said))


def test_the_dialog_of_a_new_device_shows_all_settings_to_enter(here, technician, settings):
    settings.MQTT_PUBLIC = "mqtts://broker.example.org"
    said = new_device(here, technician)
    assert (said["Broker"], said["Port"], said["User name"]) == (
        "broker.example.org",
        "8883",
        "m-1",
    )
    for channel in ("event", "telemetry", "status", "ack"):
        assert f"gh/v1/{here.site.slug}/m-1/up/{channel}" in said["Publishes to"]
    assert said["Subscribes to"] == f"gh/v1/{here.site.slug}/m-1/down/#"


def test_a_device_with_one_topic_shows_that_topic(here, technician):
    more = {"driver": "generic-json", "kind": "sensor", "topic": "cellar/t"}
    assert new_device(here, technician, **more)["Publishes to"] == "cellar/t"


def test_everything_can_be_copied(here, technician):
    said = {"code": "m-1", "kind": "meter", "driver": "gatehouse", "interval_s": "60"}
    shown = text(technician.post(here.url("register_device"), said))
    for value in re.findall(r"<code[^>]*>(.*?)</code>", shown):
        assert f'data-copy="{value}"' in shown


def test_without_the_setting_it_is_the_console_s_host_and_the_broker_s_port(
    here, technician, settings
):
    settings.MQTT_URL, settings.ALLOWED_HOSTS = "mqtt://backend:x@127.0.0.1:2883", ["10.0.0.5"]
    technician.defaults["HTTP_HOST"] = "10.0.0.5:8000"
    said = new_device(here, technician)
    assert (said["Broker"], said["Port"]) == ("10.0.0.5", "2883")


@pytest.mark.parametrize(("public", "warned"), [("127.0.0.1:1883", True), ("10.0.0.5", False)])
def test_a_loopback_address_shows_a_warning(here, technician, settings, public, warned):
    settings.MQTT_PUBLIC = public
    device = DeviceFactory(site=here.site, driver="gatehouse", serial=None)
    shown = text(technician.post(here.url("rotate_device", device.pk)))
    assert ("Only this machine reaches the broker" in shown) is warned


@pytest.mark.parametrize("wrong", ["http://10.0.0.5", "10.0.0.5:x", "mqtt://"])
def test_an_invalid_public_address_fails_the_start_up_check(settings, wrong):
    settings.MQTT_PUBLIC = wrong
    [said] = check_public_address()
    assert "GATEHOUSE_MQTT_PUBLIC" in said.msg


@pytest.mark.parametrize("right", ["", "10.0.0.5", "gates.local:1884", "mqtts://b.example.org"])
def test_a_public_address_may_be_written_in_several_forms(settings, right):
    settings.MQTT_PUBLIC = right
    assert check_public_address() == []
