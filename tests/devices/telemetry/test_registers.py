"""The last measurement of each time span."""

from datetime import UTC, datetime, timedelta

import pytest

from devices.telemetry.models import Measurement, Metric
from devices.telemetry.registers import Sample, last_of_each
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def report(device, values, metric="register"):
    metric_id = Metric.objects.get_or_create(name=metric)[0].pk
    Measurement.objects.bulk_create(
        Measurement(
            device=device,
            metric_id=metric_id,
            at=NOON + hours * HOUR,
            received_at=NOON,
            value=value,
        )
        for hours, value in values.items()
    )


def test_each_span_has_its_last_measurement_and_an_exclusive_end():
    device = DeviceFactory()
    report(device, {0: 1.0, 1: 2.25, 2: 3.0})
    spans = [(NOON, NOON + 2 * HOUR), (NOON + 2 * HOUR, NOON + 3 * HOUR)]
    assert last_of_each(device, "register", spans) == [
        Sample(NOON + HOUR, NOON, 2.25),
        Sample(NOON + 2 * HOUR, NOON, 3.0),
    ]


def test_a_span_without_a_measurement_is_none():
    device = DeviceFactory()
    report(device, {5: 1.0})
    report(device, {0: 7.0}, metric="other")
    report(DeviceFactory(), {0: 8.0})
    spans = [(NOON, NOON + HOUR), (NOON + 5 * HOUR, NOON + 6 * HOUR)]
    assert [sample and sample.value for sample in last_of_each(device, "register", spans)] == [
        None, 1.0
    ]  # fmt: skip


def test_an_unknown_metric_has_no_measurements():
    assert last_of_each(DeviceFactory(), "never.sent", [(NOON, NOON + HOUR)]) == [None]
    assert last_of_each(DeviceFactory(), "never.sent", []) == []
