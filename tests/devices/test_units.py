"""Units: of the metric's name, or as they were entered for the device."""

import pytest

from devices.metric_units import unit_by_name
from devices.telemetry.models import Latest, Metric
from devices.units import unit_of, units_of
from tests.factories import DeviceFactory

OWN = {"metrics": [{"metric": "temperature.c", "pointer": "/t", "unit": "°F"}]}


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("temperature.c", "°C"),
        ("battery.percent", "%"),
        ("main.battery.volt", "V"),
        ("register.m3", "m³"),
        ("signal.rssi", "dBm"),
        ("c", ""),
        ("lifts", ""),
        ("a.unheard_of", ""),
    ],
)
def test_the_last_part_of_a_name_is_the_unit(metric, unit):
    assert unit_by_name(metric) == unit


@pytest.mark.django_db
def test_what_was_entered_for_the_device_goes_before_the_name():
    device = DeviceFactory(driver="generic-json", topic="a/b", options=OWN)
    for name in ("temperature.c", "battery.volt", "lifts"):
        metric, _made = Metric.objects.get_or_create(name=name)
        at = "2026-05-04T08:30:00Z"
        Latest.objects.create(device=device, metric=metric, at=at, received_at=at, value=1)
    assert units_of(device) == {"temperature.c": "°F", "battery.volt": "V", "lifts": ""}
    assert unit_of(device, "temperature.c") == "°F"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("driver", "options"), [("of an older version", {}), ("generic-json", {"metrics": "of old"})]
)
def test_what_an_upgrade_left_behind_has_the_units_of_its_names(driver, options):
    device = DeviceFactory(driver=driver, options=options)
    assert unit_of(device, "battery.volt") == "V"
