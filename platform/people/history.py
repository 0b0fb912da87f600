"""The people of generated history, with their units and cars."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from core.copying import copy_rows
from core.models import Site
from core.plates import PROVINCES, fold
from estate.models import Unit
from people.models import Occupancy, Person, Vehicle

# Four people in ten have a car.
_CAR_SHARE = 0.4
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_SERIALS = 100_000
_PLATES = len(PROVINCES) * len(_LETTERS) * _SERIALS
# Without a factor in common with the number of plates, so that no two numbers get one plate.
_STEP = 7_368_787


def plate_of(number: int) -> str:
    """Return the plate with that number; different numbers have different plates."""
    place, serial = divmod(number * _STEP % _PLATES, _SERIALS)
    province, letter = divmod(place, len(_LETTERS))
    # One in four is a new-energy vehicle, whose plate is longer.
    green = "" if number % 4 else "D"
    return f"{PROVINCES[province]}{_LETTERS[letter]}{green}{serial:05d}"


def colour_of(plate: str) -> str:
    """Return the colour of a plate, as a camera reads it."""
    return "green" if len(plate) > 7 else "blue"


def plates_of(site: Site) -> list[str]:
    """Return the plates of the site's registered cars."""
    return list(Vehicle.objects.filter(site=site).order_by("pk").values_list("plate", flat=True))


def register_people(
    site: Site, number: int, first_plate: int, since: datetime, chance: Random
) -> None:
    """Register people in the site's units, some of them with a car.

    Args:
        number: of people.
        first_plate: the number of the first plate, for `plate_of`.
        since: their cars were registered within a month before.
    """
    people = copy_rows(
        Person(site=site, name=_name(chance), phone=_phone(chance)) for _number in range(number)
    )
    units = list(Unit.objects.filter(building__site=site).order_by("pk"))
    copy_rows(_occupancy(person, place, units, since.date()) for place, person in enumerate(people))
    owners = [each for each in people if chance.random() < _CAR_SHARE] or people[:1]
    copy_rows(
        _vehicle(owner, plate_of(first_plate + place), since, chance)
        for place, owner in enumerate(owners)
    )


def _occupancy(person: Person, place: int, units: Sequence[Unit], since: date) -> Occupancy:
    """Return in which unit a person lives: the first one in each owns it."""
    turn, number = divmod(place, len(units))
    role = Occupancy.Role.FAMILY if turn else Occupancy.Role.OWNER
    share = None if turn else Decimal(1)
    return Occupancy(
        site=person.site, unit=units[number], person=person, role=role, begins_on=since, share=share
    )


def _vehicle(owner: Person, plate: str, since: datetime, chance: Random) -> Vehicle:
    begins_at = since - timedelta(minutes=chance.randrange(30 * 24 * 60))
    return Vehicle(
        site=owner.site, plate=plate, folded=fold(plate), person=owner, begins_at=begins_at
    )


def _name(chance: Random) -> str:
    return chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=2))


def _phone(chance: Random) -> str:
    return f"13{chance.randrange(10**9):09d}"
