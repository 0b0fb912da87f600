"""Handle device events that change bays: occupied, free, sensor silent."""

from core.events import subscribe
from devices import events
from estate import services


def register() -> None:
    """Subscribe to the events of bay sensors."""
    subscribe(events.BayChanged, _on_bay_changed)
    subscribe(events.DeviceSilent, _on_device_silent)


def _on_bay_changed(event: events.BayChanged) -> None:
    services.set_bay_status(event.device_id, occupied=event.occupied, at=event.at)


def _on_device_silent(event: events.DeviceSilent) -> None:
    services.set_bay_unknown(event.device_id)
