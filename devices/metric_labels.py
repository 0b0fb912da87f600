"""What metrics are called on pages."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.metric_units import BY_NAME

# By the last part of a name that is no unit, as in ``battery.percent`` or ``main.battery.volt``.
_QUANTITIES: Mapping[str, str | Promise] = {
    "temperature": gettext_lazy("temperature"),
    "humidity": gettext_lazy("humidity"),
    "battery": gettext_lazy("battery"),
    "supply": gettext_lazy("supply voltage"),
    "signal": gettext_lazy("radio signal"),
    "register": gettext_lazy("meter reading"),
    "power": gettext_lazy("power"),
    "voltage": gettext_lazy("voltage"),
    "current": gettext_lazy("current"),
    "frequency": gettext_lazy("frequency"),
    "pressure": gettext_lazy("pressure"),
    "illuminance": gettext_lazy("brightness"),
    "co2": gettext_lazy("CO₂"),
    "co": gettext_lazy("carbon monoxide"),
    "smoke": gettext_lazy("smoke density"),
    "gas": gettext_lazy("gas concentration"),
    "water_level": gettext_lazy("water level"),
    "level": gettext_lazy("level"),
    "flow": gettext_lazy("flow"),
    "distance": gettext_lazy("distance"),
    "uptime": gettext_lazy("uptime"),
}


def metric_label(name: str, *, with_unit: bool = True) -> str:
    """Return what a metric is called, such as "temperature (°C)"; its name where it is unknown.

    What stands before the quantity distinguishes metrics of one device, and is kept as it is:
    ``body.temperature.c`` is "temperature body (°C)".
    """
    *parts, last = name.split(".")
    unit = BY_NAME.get(last, "") if parts else ""
    if not unit:
        parts = [*parts, last]
    quantity = _QUANTITIES.get(parts[-1])
    if quantity is None:
        return name
    words = " ".join([str(quantity), *parts[:-1]])
    if not unit or not with_unit:
        return words
    return _("%(quantity)s (%(unit)s)") % {"quantity": words, "unit": unit}
