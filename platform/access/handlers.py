"""Subscriptions of access to device events."""

from access import services
from core.events import subscribe
from devices import events


def register() -> None:
    """Subscribe to plates, movements and command results."""
    subscribe(events.PlateSeen, _seen)
    subscribe(events.CarMoved, _moved)
    subscribe(events.CommandSettled, services.apply_command_result)


def _seen(event: events.PlateSeen) -> None:
    services.record_plate_seen(event)


def _moved(event: events.CarMoved) -> None:
    services.record_movement(event)
