"""Units of metrics: usually encoded in the metric's name, else defined by the driver."""

from collections.abc import Mapping

from core.errors import Rejection
from devices import drivers
from devices.metric_units import unit_by_name
from devices.models import Device
from devices.telemetry.models import Latest


def unit_of(device: Device, metric: str) -> str:
    """Return the unit of a metric that this device reports; empty if unknown."""
    return _own(device).get(metric) or unit_by_name(metric)


def units_of(device: Device) -> dict[str, str]:
    """Return the unit of each metric that the device has reported; empty if unknown."""
    own = _own(device)
    reported = Latest.objects.filter(device=device).values_list("metric__name", flat=True)
    return {metric: own.get(metric) or unit_by_name(metric) for metric in reported}


def _own(device: Device) -> Mapping[str, str]:
    if device.driver not in drivers.DRIVERS:  # the driver was removed by an upgrade
        return {}
    try:
        return drivers.driver(device.driver).MANIFEST.units(device.options)
    except Rejection:  # options of an older version; pages must open all the same
        return {}
