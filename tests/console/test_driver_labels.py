"""Drivers in the language of the page."""

import pytest
from django.utils import translation

from console.templatetags.keys import shortened
from devices.drivers.labels import driver_choices
from tests.console.world import text
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db


def test_titles_and_levels_are_in_the_language_of_the_page(here, technician):
    device = DeviceFactory(site=here.site, driver="generic-json", serial=None, topic="a/b")
    technician.cookies["django_language"] = "zh-hans"
    shown = text(technician.get(here.url("device", device.pk)))
    assert "带映射的 JSON" in shown
    assert "金级" in shown
    assert "gold" not in shown


def test_titles_to_choose_from_are_translated_too():
    with translation.override("zh-hans"):
        assert dict(driver_choices())["gatehouse"] == "Gatehouse 协议"


@pytest.mark.parametrize(("key", "shown"), [("12345", "12345"), ("123456789012", "123456789012")])
def test_a_short_key_is_shown_whole(key, shown):
    assert shortened(key) == shown


def test_of_a_long_key_its_end_is_shown():
    assert shortened("2026-05-04T08:30:00+00:00 0123456789abcdef") == "…6789abcdef"
