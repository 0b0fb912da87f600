"""The parking of a populated site: the stay of the car at the exit, and the lot's tariff."""

from parking.models import Stay, Tariff
from tests.factories import StayFactory
from tests.rooms import World


def find_stay(world: World) -> Stay:
    """The stay of the car that waits at the exit."""
    return Stay.objects.get(site=world.site, plate=world.passage.plate)


def find_tariff(world: World) -> Tariff:
    """The tariff of the gate's lot."""
    return Tariff.objects.get(lot=world.gate.lot)


def park_own_car(world: World) -> Stay:
    """A stay of the owner's car, which is inside."""
    car, tariff = world.own_car, find_tariff(world)
    return StayFactory(lot=world.gate.lot, tariff=tariff, plate=car.plate, folded=car.folded)


ROWS = {"own_stay": park_own_car, "stay": find_stay, "tariff": find_tariff}
