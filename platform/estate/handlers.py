"""The device events that the estate cares for: bays that fill and empty, silent sensors."""

from core.events import subscribe
from devices import events
from estate import services


def register() -> None:
    """Have bay sensors change their bays."""
    subscribe(events.BayChanged, _changed)
    subscribe(events.DeviceSilent, _silent)


def _changed(event: events.BayChanged) -> None:
    services.show_bay(event.device_id, occupied=event.occupied, at=event.at)


def _silent(event: events.DeviceSilent) -> None:
    services.show_unknown(event.device_id)
