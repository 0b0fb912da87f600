"""Subscriptions of incidents: device events that raise and clear incidents, or that rules watch."""

from collections.abc import Sequence
from typing import Any

from core import clock
from core.events import subscribe, subscribe_together
from devices import events
from estate.models import DoorDevice
from incidents import kinds, own_kinds, services
from incidents.alarms import device_signals, signals, timers
from incidents.escalation import reactions
from incidents.events import (
    AcknowledgementWithdrawn,
    IncidentAcknowledged,
    IncidentCleared,
    IncidentClosed,
    IncidentMerged,
    IncidentRaised,
    IncidentReviewed,
    IncidentUnmuted,
)
from incidents.models import Incident

_MINOR, _MODERATE = Incident.Severity.MINOR, Incident.Severity.MODERATE
_BARRIER_KINDS = {"forced": own_kinds.BARRIER_FORCED, "hit": own_kinds.BARRIER_HIT}
# Alarms with a kind of their own; the others are plain device alarms.
_ALARM_KINDS = {
    "fire_release": own_kinds.SMOKE_FIRE,
    "gas": own_kinds.SMOKE_FIRE,
    "smoke": own_kinds.SMOKE_FIRE,
    "sos": own_kinds.SOS,
    "tamper": own_kinds.DEVICE_TAMPERED,
}
# Maintenance alarms are never escalated at night.
_MAINTENANCE = {"battery_low", "fault"}


def register() -> None:
    """Subscribe to the device events that raise and clear incidents."""
    subscribe(events.CarMoved, _moved)
    subscribe(events.BarrierMoved, _arm_moved)
    subscribe(events.DoorMoved, _door_moved)
    subscribe(events.AlarmsReported, _alarmed)
    subscribe(events.DeviceSilent, _silent)
    subscribe_together(events.StateReported, _reported)
    for watched in device_signals.KINDS:
        subscribe(watched, _observe)
    subscribe(events.TelemetryStored, _stored)
    subscribe(events.TelemetryIdle, _time_passed)
    subscribe(IncidentRaised, reactions.escalate)
    subscribe(IncidentUnmuted, reactions.escalate_unmuted)
    subscribe(IncidentAcknowledged, reactions.stop_acknowledged)
    subscribe(AcknowledgementWithdrawn, reactions.escalate_unacknowledged)
    subscribe(IncidentReviewed, reactions.stop_reviewed)
    subscribe(IncidentMerged, reactions.stop_merged)
    subscribe_together(IncidentCleared, reactions.announce_resolutions)
    subscribe_together(IncidentClosed, reactions.stop_closed)


def _moved(event: events.CarMoved) -> None:
    if event.movement == "tailgating":
        _raise(event, own_kinds.TAILGATING, _MINOR, plate=event.plate)


def _arm_moved(event: events.BarrierMoved) -> None:
    if event.change in _BARRIER_KINDS:
        _raise(event, _BARRIER_KINDS[event.change], _MODERATE)


def _door_moved(event: events.DoorMoved) -> None:
    if event.change == "forced":
        _raise(event, own_kinds.DOOR_FORCED, _MODERATE, f":{event.door}", door=event.door)


def _alarmed(event: events.AlarmsReported) -> None:
    for alarm, active in event.alarms.items():
        kind = kind_of_alarm(alarm)
        if active:
            _raise(event, kind, _severity(alarm), f":{alarm}", alarm=alarm)
        else:
            services.clear(event.site_id, kind, f"device:{event.device_id}:{alarm}")


def kind_of_alarm(alarm: str) -> str:
    """Return the kind of incident that a device's alarm raises."""
    return _ALARM_KINDS.get(alarm, own_kinds.DEVICE_ALARM)


def _severity(alarm: str) -> str:
    return _MINOR if alarm in _MAINTENANCE else kinds.get(kind_of_alarm(alarm)).severity


def _raise(event: events.Event, kind: str, severity: str, part: str = "", **detail: Any) -> None:
    """Raise an incident of the device, or of one of its parts."""
    source = f"device:{event.device_id}{part}"
    detail["device"] = event.device_id
    services.raise_incident(event.site_id, kind, source, severity, event.at, detail)


def _silent(event: events.DeviceSilent) -> None:
    at_door = DoorDevice.objects.filter(device=event.device_id, door__ended_at=None).exists()
    kind = own_kinds.DOOR_OFFLINE if at_door else own_kinds.DEVICE_OFFLINE
    detail = {"device": event.device_id}
    source = f"device:{event.device_id}"
    severity = kinds.get(kind).severity
    services.raise_incident(event.site_id, kind, source, severity, clock.now(), detail)


def _reported(reported: Sequence[events.StateReported]) -> None:
    causes = [(each.site_id, f"device:{each.device_id}") for each in reported if each.online]
    for kind in (own_kinds.DEVICE_OFFLINE, own_kinds.DOOR_OFFLINE):
        services.clear_all(kind, causes)


def _observe(event: events.Event) -> None:
    signals.observe(event.site_id, device_signals.signals_of(event))


def _stored(event: events.TelemetryStored) -> None:
    signals.observe_reports(event.reports, event.received_at)


def _time_passed(event: events.TelemetryIdle) -> None:
    timers.advance_due(event.at, event.listening_since)
