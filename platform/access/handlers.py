"""The device events that access cares for."""

from access import services
from core.events import subscribe
from devices import events


def register() -> None:
    """Have sights, movements and settled commands change the passages."""
    subscribe(events.PlateSeen, _seen)
    subscribe(events.CarMoved, _moved)
    subscribe(events.CommandSettled, services.settle_command)


def _seen(event: events.PlateSeen) -> None:
    services.record_sight(event)


def _moved(event: events.CarMoved) -> None:
    services.record_movement(event)
