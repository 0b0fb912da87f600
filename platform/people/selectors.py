"""Read the register of people, companies, occupancies and vehicles."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from core.models import Site
from core.plates import normalise
from core.search_words import search_words
from estate.models import Unit
from people.models import AnyPlace, Company, Occupancy, PayerPeriod, Person, Vehicle
from people.periods import during, lasting_after, not_ended, on_day, today

#: Fewer digits end too many telephone numbers.
PHONE_TAIL = 4


def vehicles(site: Site, *, ended: bool = False) -> QuerySet[Vehicle]:
    """Return the vehicles registered at the site, newest first; ended ones on request."""
    registered = Vehicle.objects.filter(site=site).select_related("person", "company")
    registered = registered.prefetch_related(running(site, "person"), running(site, "company"))
    if not ended:
        registered = registered.filter(not_ended())
    return registered.order_by("-pk")


def find_people(site: Site, text: str) -> QuerySet[Person]:
    """Return the people whose name, unit, vehicle or end of the phone number is in the text.

    Each word of the text has to match, so `wang 1-0803` finds one of two people of that name.

    Returns:
        The people by name with their units and current vehicles; none for an empty text.
    """
    words = search_words(text)
    if not words:
        return Person.objects.none()
    current = Prefetch("vehicles", Vehicle.objects.filter(not_ended()).order_by("plate"), "cars")
    found = Person.objects.filter(site=site, erased_at=None)
    for word in words:
        found = found.filter(_named(word, today(site)))
    return found.prefetch_related(current, running(site)).order_by("name", "pk")


def find_companies(site: Site, text: str) -> QuerySet[Company]:
    """Return the companies whose name, unit, contact or tax number holds each word, by name."""
    words = search_words(text)
    if not words:
        return Company.objects.none()
    found = Company.objects.filter(site=site)
    for word in words:
        named = Q(name__icontains=word) | Q(contact__icontains=word) | Q(tax_number__iexact=word)
        found = found.filter(named | Q(pk__in=_in_unit(word, today(site)).values("company")))
    return found.prefetch_related(running(site)).order_by("name", "pk")


def running(site: Site, holder: str = "") -> "Prefetch[str, QuerySet[Occupancy], str]":
    """Return the prefetch of today's occupancies of people or companies, as ``running``.

    Args:
        holder: the name of the relation that leads to them; empty if they are the rows themselves.
    """
    rows = Occupancy.objects.filter(on_day(today(site))).select_related("unit__building", "bay")
    path = f"{holder}__occupancies" if holder else "occupancies"
    return Prefetch(path, rows.order_by("unit", "bay"), "running")


def occupancies_of(place: AnyPlace) -> QuerySet[Occupancy]:
    """Return all occupancies of a unit or a bay with who holds them, the latest first."""
    rows = Occupancy.objects.filter(**{place.kind: place})
    return rows.select_related("person", "company").order_by("-begins_on", "-pk")


def lasting_occupancies(place: AnyPlace, day: date) -> QuerySet[Occupancy]:
    """Return the occupancies of a place that have not ended by a day, or begin later."""
    return occupancies_of(place).filter(lasting_after(day))


def household(unit: Unit, day: date) -> QuerySet[Person]:
    """Return who lives in a unit on a day, by name.

    These are its tenants and family members; its owners too, unless the unit has a tenant. Staff
    of a company don't live there.
    """
    then = Occupancy.objects.filter(on_day(day), unit=unit)
    roles = [Occupancy.Role.TENANT, Occupancy.Role.FAMILY]
    if not then.filter(role=Occupancy.Role.TENANT).exists():
        roles.append(Occupancy.Role.OWNER)
    living = then.filter(role__in=roles).exclude(person=None)
    return Person.objects.filter(pk__in=living.values("person")).order_by("name", "pk")


def payers_of(place: AnyPlace, day: date) -> dict[str, Occupancy]:
    """Return who pays on a day by kind of fee; under an empty kind who pays all others."""
    rows = PayerPeriod.objects.filter(on_day(day), **{place.kind: place})
    rows = rows.select_related("occupancy__person", "occupancy__company").order_by("fee_kind")
    return {row.fee_kind: row.occupancy for row in rows}


def payer_of(place: AnyPlace, fee_kind: str, day: date) -> Occupancy | None:
    """Return the occupancy that pays a kind of fee on a day, or None."""
    payers = payers_of(place, day)
    return payers.get(fee_kind) or payers.get("")


def occupied_by(place: AnyPlace) -> QuerySet[Occupancy]:
    """Return today's occupancies of a unit or a bay with who holds them."""
    return occupancies_of(place).filter(on_day(today(place.site)))


def vehicles_at(place: AnyPlace) -> QuerySet[Vehicle]:
    """Return the vehicles registered now to those who hold a unit or a bay today, by plate."""
    held = occupied_by(place).order_by()
    holders = Q(person__in=held.values("person")) | Q(company__in=held.values("company"))
    return Vehicle.objects.filter(not_ended(), holders, site=place.site).order_by("plate")


def overlapping_vehicle(
    site: Site, plate: str, begins_at: datetime, ends_at: datetime | None
) -> Vehicle | None:
    """Return a registration of the plate with a part of that period, the latest first."""
    found = Vehicle.objects.filter(during(begins_at, ends_at), site=site, plate=plate)
    return found.select_related("person", "company").order_by("-begins_at").first()


def units_of_plates(site: Site, plates: Collection[str]) -> dict[str, Unit]:
    """Return the units of those to whom plates are registered now, by plate."""
    known = [plate for plate in plates if plate]
    if not known:
        return {}
    found = {}
    for vehicle in vehicles(site).filter(plate__in=known):
        units = [each.unit for each in vehicle.holder.current_occupancies if each.unit]
        if units:
            found[vehicle.plate] = units[0]
    return found


def _named(word: str, day: date) -> Q:
    found = Q(name__icontains=word) | Q(pk__in=_in_unit(word, day).values("person"))
    if len(word) >= PHONE_TAIL and word.isdecimal():
        found |= Q(phone__endswith=word)
    cars = Vehicle.objects.filter(not_ended(), plate=normalise(word)).values("person")
    return found | Q(pk__in=cars)


def _in_unit(word: str, day: date) -> QuerySet[Occupancy]:
    """Return a day's occupancies of the units of a code, such as ``0803`` or ``1-0803``."""
    building, dash, code = word.rpartition("-")
    there = Q(unit__code__iexact=code)
    if dash:
        there &= Q(unit__building__code__iexact=building)
    return Occupancy.objects.filter(on_day(day), there)
