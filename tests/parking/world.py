"""The parking of a populated site: the stay of the car at the exit, and the lot's tariff."""

from parking.models import Stay, Tariff
from tests.rooms import World


def find_stay(world: World) -> Stay:
    """The stay of the car that waits at the exit."""
    return Stay.objects.get(site=world.site, plate=world.passage.plate)


def find_tariff(world: World) -> Tariff:
    """The tariff of the gate's lot."""
    return Tariff.objects.get(lot=world.gate.lot)


ROWS = {"stay": find_stay, "tariff": find_tariff}
