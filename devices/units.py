"""The units of numbers: of most, the last part of the metric's name tells it."""

from collections.abc import Mapping

from core.errors import Rejection
from devices import drivers
from devices.metric_units import unit_by_name
from devices.models import Device
from devices.telemetry.models import Latest


def unit_of(device: Device, metric: str) -> str:
    """Return the unit of the metric as this device reports it; empty where nothing tells it."""
    return _own(device).get(metric) or unit_by_name(metric)


def units_of(device: Device) -> dict[str, str]:
    """Return the unit of each metric that the device has reported; empty where nothing tells it."""
    own = _own(device)
    reported = Latest.objects.filter(device=device).values_list("metric__name", flat=True)
    return {metric: own.get(metric) or unit_by_name(metric) for metric in reported}


def _own(device: Device) -> Mapping[str, str]:
    if device.driver not in drivers.DRIVERS:  # it left with an upgrade
        return {}
    try:
        return drivers.driver(device.driver).MANIFEST.units(device.options)
    except Rejection:  # of an older version: each of its messages says so, a page still opens
        return {}
