"""Whose car may stand in a bay: sensors read no plates, so stays and the register tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from estate.models import Bay
from parking.models import Stay
from people.selectors import vehicles_at

# From the lane to a bay; by a slow driver in a large car park.
_SEARCHES = timedelta(minutes=10)
# Clocks of sensors and cameras differ.
_TOLERANCE = timedelta(seconds=30)
_SHOWN = 3


@dataclass(frozen=True)
class BayCars:
    """The cars inside that may stand in a bay.

    Attributes:
        own: those of its owners and tenants.
        recent: those that came in shortly before it became occupied, the latest first; none
            where an own one is inside.
    """

    own: Sequence[Stay] = ()
    recent: Sequence[Stay] = ()


def cars_of_bay(bay: Bay) -> BayCars:
    """Return the cars inside that may stand in a bay."""
    inside = Stay.objects.filter(lot=bay.lot_id, status=Stay.Status.OPEN).order_by("-entered_at")
    plates = vehicles_at(bay).order_by().values("folded")
    own = list(inside.filter(folded__in=plates)[:_SHOWN])
    if own or bay.status != Bay.Status.OCCUPIED or bay.status_at is None:
        return BayCars(own)
    around = (bay.status_at - _SEARCHES, bay.status_at + _TOLERANCE)
    return BayCars(recent=list(inside.filter(entered_at__range=around)[:_SHOWN]))
