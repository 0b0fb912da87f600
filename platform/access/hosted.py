"""Passes of people's visitors end with the people's last occupancy."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from access import lists
from access.models import VisitorPass
from core import clock
from people.events import LastOccupancyEnded
from people.models import Holder, Person
from people.ports import Right


def of_host(holder: Holder, at: datetime) -> Iterator[Right]:
    """Yield the visitor passes of a host that are cancelled if the rights end then."""
    if isinstance(holder, Person):
        for visit in _ending(holder.pk, at).order_by("begins_at"):
            yield Right("visitor_pass", visit.pk, visit.plate or visit.visitor_name)


def cancel_passes_of_host(event: LastOccupancyEnded) -> None:
    """Cancel the passes of a host whose rights end."""
    if event.person_id is not None:
        lists.cancel_passes(_ending(event.person_id, event.at), event.actor)


def _ending(host: int, at: datetime) -> QuerySet[VisitorPass]:
    """Return the host's valid passes that begin at the instant or later; all if it has come."""
    valid = VisitorPass.objects.filter(host=host, cancelled_at=None, ends_at__gt=clock.now())
    return valid.filter(Q() if at <= clock.now() else Q(begins_at__gte=at))
