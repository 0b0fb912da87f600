"""The device events that are incidents: tailgating, and devices that fall silent."""

from core import clock
from devices import events
from incidents import services
from incidents.models import Incident

_MINOR = Incident.Severity.MINOR


def subscribe() -> None:
    """Have the field raise and clear incidents."""
    events.subscribe(events.CarMoved, _moved)
    events.subscribe(events.DeviceSilent, _silent)
    events.subscribe(events.StateReported, _reported)


def _moved(event: events.CarMoved) -> None:
    if event.movement == "tailgating":
        detail = {"device": event.device_id, "plate": event.plate}
        source = f"device:{event.device_id}"
        services.raise_incident(
            event.site_id, Incident.Kind.TAILGATING, source, _MINOR, event.at, detail
        )


def _silent(event: events.DeviceSilent) -> None:
    detail = {"device": event.device_id}
    source = f"device:{event.device_id}"
    services.raise_incident(
        event.site_id, Incident.Kind.DEVICE_OFFLINE, source, _MINOR, clock.now(), detail
    )


def _reported(event: events.StateReported) -> None:
    if event.online:
        source = f"device:{event.device_id}"
        services.clear(event.site_id, Incident.Kind.DEVICE_OFFLINE, source)
