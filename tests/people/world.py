"""The people of a populated site: a resident with a vehicle, a guard."""

from core.models import User
from core.permissions import StandardRole
from people.models import Vehicle
from tests.browsers import hire
from tests.factories import VehicleFactory
from tests.rooms import World


def register_vehicle(world: World) -> Vehicle:
    """A resident's vehicle."""
    return VehicleFactory(person__site=world.site)


def hire_guard(world: World) -> User:
    """A guard of the site's staff."""
    return hire(world.site, StandardRole.GUARD)


ROWS = {"vehicle": register_vehicle, "colleague": hire_guard}
