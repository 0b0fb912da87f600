"""The device events that access cares for."""

from access import services
from devices import events


def subscribe() -> None:
    """Have sights, movements and settled commands change the passages."""
    events.subscribe(events.PlateSeen, _seen)
    events.subscribe(events.CarMoved, _moved)
    events.subscribe(events.CommandSettled, services.settle_command)


def _seen(event: events.PlateSeen) -> None:
    services.record_sight(event)


def _moved(event: events.CarMoved) -> None:
    services.record_movement(event)
