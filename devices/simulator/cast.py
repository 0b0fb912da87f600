"""The vehicles that arrive: residents', visitors' and strangers', each with its own look."""

from dataclasses import dataclass
from random import Random

from .bodies import BODIES
from .chance import stream
from .light import PAINTS
from .plates import DESIGNS, Plate, draw_text, plate
from .render import Look
from .scenario import GROUPS, Scenario, Vehicle

SHARES = {"residents": 46, "visitors": 18, "blocked": 3, "watched": 5, "strangers": 28}
OPENING = ("residents", "visitors", "strangers", "residents", "watched", "strangers", "blocked")
STRANGE_DESIGNS = {
    "cn-blue": 48, "cn-green": 16, "cn-yellow": 6, "de": 8, "nl": 6, "uk": 6, "br": 5, "us": 5,
}  # fmt: skip
PAINT_SHARES = (24, 16, 15, 16, 9, 7, 4, 4, 3, 2)  # in the order of PAINTS
PROVINCES = "粤粤粤粤京沪苏浙闽湘鄂川"


@dataclass(slots=True, eq=False)
class Car:
    """One simulated car.

    Attributes:
        group: a name of `SHARES`.
        away: it is outside the site and may arrive.
        shots: number of photos taken of it, so that no two are equal.
        bay: the bay it is parked in.
    """

    plate: Plate
    look: Look
    group: str
    away: bool = True
    shots: int = 0
    bay: str | None = None


class Cast:
    """Chooses the next car."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.seed = seed
        self._chance = stream(seed, "cast")
        self._arrivals = 0
        self._strange = dict(scenario.strangers or STRANGE_DESIGNS)
        self.cars: dict[str, list[Car]] = {group: [] for group in SHARES}
        for group in GROUPS:
            self.cars[group] = [self.car(item, group) for item in scenario.vehicles.get(group, ())]

    def car(self, vehicle: Vehicle, group: str) -> Car:
        """Return a car for a vehicle; a missing look is derived from its plate."""
        look = look_of(stream(self.seed, "look", vehicle.plate.text), vehicle.plate)
        body, paint = vehicle.body or look.body, vehicle.paint or look.paint
        return Car(vehicle.plate, Look(body, paint, look.variant), group)

    def parked(self, vehicle: Vehicle) -> Car:
        """Return the car of a vehicle that is already inside."""
        for cars in self.cars.values():
            for known in cars:
                if known.plate.text == vehicle.plate.text:
                    return known
        return self.car(vehicle, "strangers")

    def next(self) -> Car | None:
        """Return the next car, or None if all of the drawn group are inside."""
        group = self._group()
        self._arrivals += 1
        if group == "strangers":
            return self._stranger()
        ready = [car for car in self.cars[group] if car.away]
        return self._chance.choice(ready) if ready else self._stranger()

    def _group(self) -> str:
        if self._arrivals < len(OPENING):
            return OPENING[self._arrivals]
        return self._chance.choices(list(SHARES), list(SHARES.values()))[0]

    def _stranger(self) -> Car:
        design = self._chance.choices(list(self._strange), list(self._strange.values()))[0]
        text = draw_text(self._chance, design, provinces=PROVINCES)
        return self.car(Vehicle(plate(text, design)), "strangers")


def look_of(chance: Random, item: Plate) -> Look:
    """Return a look that suits the plate: yellow Chinese plates are on lorries."""
    bodies = [name for name, body in BODIES.items() if not body.cargo]
    body = "lorry" if item.design == DESIGNS["cn-yellow"] else chance.choice(bodies)
    paint = chance.choices(list(PAINTS), PAINT_SHARES)[0]
    return Look(body, paint, chance.randrange(3))
