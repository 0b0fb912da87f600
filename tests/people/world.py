"""The people of a populated site: a resident with a vehicle."""

from people.models import Vehicle
from tests.factories import VehicleFactory
from tests.rooms import World


def register_vehicle(world: World) -> Vehicle:
    """A resident's vehicle."""
    return VehicleFactory(person__site=world.site)


ROWS = {"vehicle": register_vehicle}
