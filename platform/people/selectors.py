"""Read the register of people and vehicles."""

from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from core.models import Site
from core.plates import normalise
from estate.models import Unit
from people.models import Person, Vehicle
from people.periods import during, not_ended

#: Fewer digits end too many telephone numbers.
PHONE_TAIL = 4


def vehicles(site: Site, *, ended: bool = False) -> QuerySet[Vehicle]:
    """Return the vehicles registered at the site, newest first; ended ones on request."""
    registered = Vehicle.objects.filter(site=site).select_related("person__unit__building")
    if not ended:
        registered = registered.filter(not_ended())
    return registered.order_by("-pk")


def find_people(site: Site, text: str) -> QuerySet[Person]:
    """Return the people whose name, unit, vehicle or end of the phone number is in the text.

    Each word of the text has to match, so `wang 1-0803` finds one of two people of that name.

    Returns:
        The people by name with their units and current vehicles; none for an empty text.
    """
    words = text.split()
    if not words:
        return Person.objects.none()
    current = Prefetch("vehicles", Vehicle.objects.filter(not_ended()).order_by("plate"), "cars")
    found = Person.objects.filter(site=site).select_related("unit__building")
    for word in words:
        found = found.filter(_named(word))
    return found.prefetch_related(current).order_by("name", "pk")


def overlapping_vehicle(
    site: Site, plate: str, begins_at: datetime, ends_at: datetime | None
) -> Vehicle | None:
    """Return a registration of the plate with a part of that period, the latest first."""
    found = Vehicle.objects.filter(during(begins_at, ends_at), site=site, plate=plate)
    return found.select_related("person").order_by("-begins_at").first()


def unit_of_plate(site: Site, plate: str) -> Unit | None:
    """Return the unit to whose resident or tenant the plate is registered now."""
    registered = Vehicle.objects.filter(not_ended(), site=site, plate=plate).exclude(plate="")
    vehicle = registered.select_related("person__unit__building").first()
    return vehicle.person.unit if vehicle else None


def _named(word: str) -> Q:
    found = Q(name__icontains=word)
    building, dash, unit = word.rpartition("-")
    if dash:
        found |= Q(unit__building__code__iexact=building, unit__code__iexact=unit)
    else:
        found |= Q(unit__code__iexact=word)
    if len(word) >= PHONE_TAIL and word.isdecimal():
        found |= Q(phone__endswith=word)
    cars = Vehicle.objects.filter(not_ended(), plate=normalise(word)).values("person")
    return found | Q(pk__in=cars)
