"""What changes the estate: bays that fill, empty, or of which nobody knows."""

from datetime import datetime

from django.db import transaction

from core import live
from estate.models import Bay


@transaction.atomic(savepoint=False)
def show_bay(sensor_id: int, *, occupied: bool, at: datetime) -> Bay | None:
    """Show the sensor's bay free or occupied; a message older than what is shown changes nothing.

    Args:
        at: by the sensor's clock, as it was for what is shown.
    """
    bay = _of_sensor(sensor_id)
    if bay is None or (bay.status_at and at < bay.status_at):
        return bay
    bay.status_at = at
    return _show(bay, Bay.Status.OCCUPIED if occupied else Bay.Status.FREE)


@transaction.atomic(savepoint=False)
def show_unknown(sensor_id: int) -> Bay | None:
    """Show the bay of a silent sensor as unknown: nobody can say whether a car stands there."""
    bay = _of_sensor(sensor_id)
    return _show(bay, Bay.Status.UNKNOWN) if bay else None


def _of_sensor(sensor_id: int) -> Bay | None:
    """Return the bay that the sensor watches, locked; a closed one is nobody's to show."""
    watched = Bay.objects.filter(sensor=sensor_id).exclude(status=Bay.Status.CLOSED)
    return watched.select_related("lot").select_for_update(of=("self",)).first()


def _show(bay: Bay, status: Bay.Status) -> Bay:
    changed, bay.status = bay.status != status, status
    bay.save(update_fields=["status", "status_at"])
    if changed:
        live.announce(bay.lot.site_id, "bay", id=bay.pk, status=status.value)
    return bay
