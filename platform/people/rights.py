"""The rights of a person or a company that this room keeps: vehicles, and portal access."""

from collections.abc import Iterator
from datetime import datetime

from people.accounts.bindings import open_bindings_of
from people.models import Holder, Person, Vehicle
from people.ports import Right
from people.services import vehicles_after


def of_holder(holder: Holder, at: datetime) -> Iterator[Right]:
    """Yield the vehicles and the bindings to users that go on after an instant."""
    for vehicle in vehicles_after(holder, at, Vehicle.objects.order_by("plate")):
        yield Right("vehicle", vehicle.pk, vehicle.plate)
    if isinstance(holder, Person):
        for binding in open_bindings_of(holder):
            yield Right("binding", binding.pk, binding.user.email or binding.user.get_username())
