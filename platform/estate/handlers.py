"""The device events that the estate cares for: bays that fill and empty, silent sensors."""

from core import clock, live
from devices import events
from estate.models import Bay


def subscribe() -> None:
    """Have bay sensors change their bays."""
    events.subscribe(events.BayChanged, bay_changed)
    events.subscribe(events.DeviceSilent, sensor_silent)


def bay_changed(event: events.BayChanged) -> None:
    """Show the bay free or occupied; an event older than what is shown changes nothing."""
    bay = Bay.objects.select_for_update().filter(sensor=event.device_id).first()
    if bay is None or (bay.status_at and event.at < bay.status_at):
        return
    if bay.status == Bay.Status.CLOSED:
        return
    _show(bay, Bay.Status.OCCUPIED if event.occupied else Bay.Status.FREE, event.site_id)
    Bay.objects.filter(pk=bay.pk).update(status=bay.status, status_at=event.at)


def sensor_silent(event: events.DeviceSilent) -> None:
    """Show the bay of a silent sensor as unknown: nobody can say whether a car stands there."""
    bay = Bay.objects.select_for_update().filter(sensor=event.device_id).first()
    if bay is None or bay.status == Bay.Status.CLOSED:
        return
    _show(bay, Bay.Status.UNKNOWN, event.site_id)
    Bay.objects.filter(pk=bay.pk).update(status=bay.status, status_at=clock.now())


def _show(bay: Bay, status: str, site_id: int) -> None:
    bay.status = status
    live.announce(site_id, "bay", id=bay.pk, status=str(status))
