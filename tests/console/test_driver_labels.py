"""Titles and levels of drivers in the page's language."""

import pytest
from django.utils import translation

from console.templatetags.keys import shortened
from devices.drivers.labels import driver_choices
from tests.browsers import text
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db


def test_titles_and_levels_are_in_the_page_s_language(here, technician):
    device = DeviceFactory(site=here.site, driver="generic-json", serial=None, topic="a/b")
    technician.cookies["django_language"] = "zh-hans"
    shown = text(technician.get(here.url("device", device.pk)))
    assert "带映射的 JSON" in shown
    assert "金级" in shown
    assert "gold" not in shown


def test_the_choices_of_drivers_are_translated():
    with translation.override("zh-hans"):
        assert dict(driver_choices())["gatehouse"] == "Gatehouse 协议"


@pytest.mark.parametrize(("key", "shown"), [("12345", "12345"), ("123456789012", "123456789012")])
def test_a_short_key_is_shown_whole(key, shown):
    assert shortened(key) == shown


def test_a_long_key_is_shown_by_its_end():
    assert shortened("2026-05-04T08:30:00+00:00 0123456789abcdef") == "…6789abcdef"
