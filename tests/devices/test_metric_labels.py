"""What metrics are called on pages."""

import pytest
from django.utils.translation import override

from devices.metric_labels import metric_label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("temperature.c", "temperature (°C)"),
        ("humidity.percent", "humidity (%)"),
        ("body.temperature.c", "temperature body (°C)"),
        ("smoke", "smoke density"),
        ("co2.ppm", "CO₂ (ppm)"),
        ("vibration.z", "vibration.z"),
        ("c", "c"),
    ],
)
def test_a_known_quantity_is_named_with_its_unit_and_an_unknown_one_by_its_name(name, label):
    assert metric_label(name) == label


def test_the_unit_may_stand_elsewhere():
    assert metric_label("temperature.c", with_unit=False) == "temperature"


def test_it_is_named_in_the_reader_s_language():
    with override("zh-hans"):
        assert metric_label("temperature.c") == "温度（°C）"
