"""Insert measurements as the ingest does, without messages."""

from collections.abc import Mapping
from datetime import datetime

import pytest
from django.db import transaction

from devices.models import Device
from devices.telemetry import buckets, copy
from devices.telemetry.models import Metric
from devices.telemetry.partitions import Storage, storage_of


def measure(device: Device, values: Mapping[datetime, float], metric: str = "power") -> int:
    """Insert the device's numbers by time; return how many were new."""
    ids = {metric: Metric.objects.get_or_create(name=metric)[0].pk}
    batch = copy.Batch(max(values))
    for at, value in values.items():
        batch.append_report(device.pk, at, {metric: value}, ids)
    with transaction.atomic():
        return copy.insert(batch)


def need_native_days() -> None:
    """Skip the test where TimescaleDB partitions the tables."""
    if storage_of("telemetry_measurement") is Storage.CHUNKS:
        pytest.skip("TimescaleDB has chunks instead of native partitions")


def need_continuous_aggregates() -> None:
    """Skip the test where the roll-ups are tables of our own."""
    if not buckets.uses_continuous_aggregates():
        pytest.skip("TimescaleDB Community is not installed")
