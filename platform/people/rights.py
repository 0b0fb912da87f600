"""The rights of a person or a company that this room keeps: registrations of vehicles."""

from collections.abc import Iterator
from datetime import datetime

from people.models import Holder, Vehicle
from people.ports import Right
from people.services import vehicles_after


def of_holder(holder: Holder, at: datetime) -> Iterator[Right]:
    """Yield the vehicles that are registered after an instant."""
    for vehicle in vehicles_after(holder, at, Vehicle.objects.order_by("plate")):
        yield Right("vehicle", vehicle.pk, vehicle.plate)
