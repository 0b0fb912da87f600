"""The events of devices as signals: as they happen, and as they are stored."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from devices import events
from devices.labels import ALARM_LABELS
from devices.models import DeviceEvent
from incidents.alarms.observables import DEVICE, Observable, Text, register
from incidents.rules.model import Signal, Value

Values = Mapping[str, Value]


@dataclass(frozen=True)
class Kind:
    """One kind of events.

    Attributes:
        name: of the signals, and of the stored events.
        label: what they are called.
        field: the value by which they differ.
        choices: what it may be.
        values: the signals' values, from the fields of an event.
    """

    name: str
    label: Text
    field: str
    choices: Mapping[str, Text]
    values: Callable[[Mapping[str, Any]], Iterator[Values]]


def _one(field: str) -> Callable[[Mapping[str, Any]], Iterator[Values]]:
    def values(detail: Mapping[str, Any]) -> Iterator[Values]:
        if field in detail:
            yield {field: detail[field]}

    return values


def _raised_alarms(detail: Mapping[str, Any]) -> Iterator[Values]:
    for alarm, active in (detail.get("alarms") or {}).items():
        if active:
            yield {"alarm": alarm}


def _credential(detail: Mapping[str, Any]) -> Iterator[Values]:
    if "granted" in detail:
        yield {"result": "granted" if detail["granted"] else "denied"}


KINDS: Mapping[type[events.Event], Kind] = {
    events.AlarmsReported: Kind(
        "alarm", _("Alarm of a device"), "alarm", ALARM_LABELS, _raised_alarms
    ),
    events.BarrierMoved: Kind(
        "barrier",
        _("Barrier"),
        "change",
        {
            "opened": _("Barrier arm opened"),
            "closed": _("Barrier arm closed"),
            "forced": _("Barrier arm lifted by hand"),
            "hit": _("Barrier arm hit"),
        },
        _one("change"),
    ),
    events.CarMoved: Kind(
        "movement",
        _("Vehicle in the lane"),
        "movement",
        {
            "passed": _("Vehicle passed"),
            "turned_back": _("Vehicle turned back"),
            "tailgating": _("Tailgating detected"),
            "lingering": _("Vehicle waiting in the lane"),
            "person_lingering": _("Person waiting in the lane"),
        },
        _one("movement"),
    ),
    events.CredentialSeen: Kind(
        "credential",
        _("Credential at a door"),
        "result",
        {"granted": _("Access granted"), "denied": _("Access denied")},
        _credential,
    ),
    events.DoorMoved: Kind(
        "door",
        _("Door"),
        "change",
        {
            "opened": _("Door opened"),
            "closed": _("Door closed"),
            "locked": _("Door locked"),
            "unlocked": _("Door unlocked"),
            "forced": _("Door forced open"),
            "held": _("Door held open"),
        },
        _one("change"),
    ),
}


def signals_of(event: events.Event) -> list[Signal]:
    """Return what an event means to rules."""
    kind = KINDS[type(event)]
    detail = vars(event)
    return [_signal(kind.name, event.device_id, event.at, each) for each in kind.values(detail)]


def register_kinds() -> None:
    """Declare what rules may watch of devices, besides telemetry."""
    for kind in KINDS.values():
        register(Observable(kind.name, kind.label, DEVICE, _past(kind), kind.field, kind.choices))


def _past(kind: Kind) -> Callable[[int, datetime, datetime], Iterator[Signal]]:
    def past(device_id: int, begin: datetime, end: datetime) -> Iterator[Signal]:
        rows = DeviceEvent.objects.filter(
            device=device_id, type=kind.name, at__gte=begin, at__lt=end
        )
        for at, detail in rows.order_by("at", "pk").values_list("at", "detail").iterator():
            for values in kind.values(detail):
                yield _signal(kind.name, device_id, at, values)

    return past


def _signal(kind: str, device_id: int, at: datetime, values: Values) -> Signal:
    return Signal(f"{DEVICE}:{device_id}", kind, at, values)
