"""Rules to start from, by the kind of device."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from devices.models import Device
from incidents import own_kinds
from incidents.alarms.selectors import kinds_of
from incidents.severities import Severity
from ui.pages import Text

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Template:
    """A rule that fits most sites.

    Attributes:
        device_kind: empty for lanes, and for all kinds.
        kind: of the incidents that it raises.
        place: what it is about, as the list of templates shows it.
    """

    name: Text
    place: Text
    severity: str
    condition: Mapping[str, Any]
    device_kind: str = ""
    auto_clear: bool = False
    kind: str = own_kinds.ALARM_RULE

    def fields(self) -> dict[str, Any]:
        """Return the fields of the form besides the condition."""
        return {
            "name": str(self.name),
            "kind": self.kind,
            "severity": self.severity,
            "device_kind": self.device_kind,
            "auto_clear": self.auto_clear,
        }


def _value(
    metric: str, above: bool, limit: float, clear: float, lasting_s: int = 0
) -> dict[str, Any]:
    return {
        "type": "threshold",
        "kind": f"telemetry.{metric}",
        "field": "value",
        "above": above,
        "limit": limit,
        "clear": clear,
        "lasting_s": lasting_s,
    }


def _count(kind: str, field: str, equals: str, least: int, within_s: int) -> dict[str, Any]:
    values = {"field": field, "equals": equals, "least": least, "within_s": within_s}
    return {"type": "count", "kind": kind, **values}


def _silence(metric: str, lasting_s: int) -> dict[str, Any]:
    return {"type": "absence", "kind": f"telemetry.{metric}", "lasting_s": lasting_s}


_SENSOR, _BAY, _METER = Device.Kind.SENSOR, Device.Kind.BAY_SENSOR, Device.Kind.METER
TEMPLATES: Mapping[str, Template] = {
    "battery": Template(
        _("Battery nearly empty"),
        _("all devices"),
        Severity.MINOR,
        _value("battery.percent", False, 20, 25),
        auto_clear=True,
    ),
    "weak-signal": Template(
        _("Weak radio signal"),
        _("all devices"),
        Severity.MINOR,
        _value("signal.rssi", False, -110, -105, 30 * _MINUTE),
        auto_clear=True,
    ),
    "hot": Template(
        _("Too hot"),
        _SENSOR.label,
        Severity.MODERATE,
        _value("temperature.c", True, 40, 37, 5 * _MINUTE),
        _SENSOR,
    ),
    "heating-up": Template(
        _("Temperature rises quickly"),
        _SENSOR.label,
        Severity.SEVERE,
        {
            "type": "rate",
            "kind": "telemetry.temperature.c",
            "field": "value",
            "rises": True,
            "amount": 8,
            "within_s": 10 * _MINUTE,
        },
        _SENSOR,
        kind=own_kinds.SMOKE_FIRE,
    ),
    "silent-sensor": Template(
        _("Sensor reports no temperature"),
        _SENSOR.label,
        Severity.MINOR,
        _silence("temperature.c", 2 * _HOUR),
        _SENSOR,
        auto_clear=True,
    ),
    "silent-bay": Template(
        _("Bay sensor reports no battery level"),
        _BAY.label,
        Severity.MINOR,
        _silence("battery.percent", _DAY),
        _BAY,
        auto_clear=True,
    ),
    "silent-meter": Template(
        _("Meter reports no reading"),
        _METER.label,
        Severity.MINOR,
        _silence("register.kwh", _DAY),
        _METER,
        auto_clear=True,
    ),
    "barrier-hits": Template(
        _("Barrier hit repeatedly"),
        Device.Kind.BARRIER.label,
        Severity.MODERATE,
        _count("barrier", "change", "hit", 2, _DAY),
        Device.Kind.BARRIER,
    ),
    "tailgating": Template(
        _("Repeated tailgating"),
        Device.Kind.CAMERA.label,
        Severity.MODERATE,
        _count("movement", "movement", "tailgating", 3, 30 * _MINUTE),
        Device.Kind.CAMERA,
        kind=own_kinds.TAILGATING,
    ),
    "fire-lane": Template(
        _("Vehicle stands in the fire lane"),
        Device.Kind.CAMERA.label,
        Severity.MODERATE,
        _count("movement", "movement", "lingering", 1, _MINUTE),
        Device.Kind.CAMERA,
        kind="fire_lane_occupied",
    ),
    "intruder": Template(
        _("Person lingers in a lane"),
        Device.Kind.CAMERA.label,
        Severity.MODERATE,
        _count("movement", "movement", "person_lingering", 1, _MINUTE),
        Device.Kind.CAMERA,
        kind=own_kinds.INTRUSION,
    ),
    "door-held": Template(
        _("Door held open"),
        _("doors"),
        Severity.MINOR,
        _count("door_alarm", "alarm", "held", 1, _MINUTE),
        kind="door_held",
    ),
    "door-forced": Template(
        _("Door forced open"),
        _("doors"),
        Severity.SEVERE,
        _count("door_alarm", "alarm", "forced", 1, _MINUTE),
        kind=own_kinds.DOOR_FORCED,
    ),
    "door-refusals": Template(
        _("Refused again and again at a door"),
        _("doors"),
        Severity.MODERATE,
        _count("door_decision", "outcome", "refuse", 5, _MINUTE),
        kind="door_refusals",
    ),
    "duress": Template(
        _("Entry under duress"),
        _("doors"),
        Severity.EXTREME,
        _count("door_alarm", "alarm", "duress", 1, _MINUTE),
        kind="duress",
    ),
    "door-offline": Template(
        _("Door device offline"),
        _("doors"),
        Severity.MODERATE,
        _count("door_alarm", "alarm", "offline", 1, _MINUTE),
        kind=own_kinds.DOOR_OFFLINE,
    ),
    "denied": Template(
        _("Access denied repeatedly"),
        Device.Kind.DOOR.label,
        Severity.MODERATE,
        _count("credential", "result", "denied", 5, 10 * _MINUTE),
    ),
    "refused": Template(
        _("Many cars refused at a lane"),
        _("lanes"),
        Severity.MINOR,
        _count("passage", "outcome", "refuse", 10, 15 * _MINUTE),
    ),
}
# The kinds of signals that the templates watch.
WATCHED = frozenset(kind for each in TEMPLATES.values() for kind in kinds_of(each.condition))
