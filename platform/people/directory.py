"""Read the register as lists and pages show it: who lives where, since when, and what they have."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import Site
from core.plates import fold
from estate.models import Unit
from people import ports
from people.models import (
    AnyPlace,
    Company,
    Holder,
    Occupancy,
    PayerPeriod,
    Person,
    Vehicle,
)
from people.periods import lasting_after, not_ended, on_day, today
from people.selectors import occupancies_of, running

#: What an empty kind of fee stands for: those without a payer of their own.
ALL_FEES = _("all fees")
_DIGITS = 4  # fewer digits stand in too many telephone numbers


def people(site: Site) -> QuerySet[Person]:
    """Return the people of a site with today's occupancies (``running``) and cars (``cars``)."""
    rows = Person.objects.filter(site=site, erased_at=None)
    return rows.prefetch_related(running(site), _cars_of())


def companies(site: Site) -> QuerySet[Company]:
    """Return the companies of a site, like `people`, with ``staff_now``: how many work there."""
    day = today(site)
    held = Occupancy.objects.filter(on_day(day), company=OuterRef(OuterRef("pk")))
    staff = Occupancy.objects.filter(
        on_day(day), role=Occupancy.Role.WORKER, unit__in=held.values("unit")
    )
    # Grouped by a constant, so that it counts all of them.
    counted = staff.order_by().values("role").annotate(n=Count("person", distinct=True)).values("n")
    rows = Company.objects.filter(site=site).annotate(staff_now=Subquery(counted))
    return rows.prefetch_related(running(site), _cars_of())


def occupancies(site: Site) -> QuerySet[Occupancy]:
    """Return all occupancies of a site with holder, place and today's payers (``paying``)."""
    rows = Occupancy.objects.filter(site=site)
    return rows.select_related(*_OF_OCCUPANCY).prefetch_related(_paying(today(site)))


def with_occupants(units: QuerySet[Unit], site: Site) -> QuerySet[Unit]:
    """Return units with today's occupancies and their holders, as ``running``."""
    rows = Occupancy.objects.filter(on_day(today(site))).select_related("person", "company")
    return units.prefetch_related(Prefetch("occupancies", rows.order_by("role", "pk"), "running"))


def occupancies_held(holder: Holder) -> QuerySet[Occupancy]:
    """Return all occupancies of a person or a company, the latest first; see `occupancies`."""
    own = "person" if isinstance(holder, Person) else "company"
    rows = occupancies(holder.site).filter(**{own: holder})
    return rows.order_by("-begins_on", "-pk")


def occupancies_there(place: AnyPlace) -> QuerySet[Occupancy]:
    """Return all occupancies of a place with their holders, the latest first."""
    return occupancies_of(place).prefetch_related(_paying(today(place.site)))


def payer_periods_of(place: AnyPlace) -> QuerySet[PayerPeriod]:
    """Return who paid, pays and will pay at a place, by kind of fee, the latest first."""
    rows = PayerPeriod.objects.filter(**{place.kind: place})
    rows = rows.select_related("occupancy__person", "occupancy__company")
    return rows.order_by("fee_kind", "-begins_on")


def staff_of(company: Company) -> QuerySet[Occupancy]:
    """Return today's occupancies of the people who work in a company's units, by name."""
    day = today(company.site)
    units = Unit.objects.filter(
        pk__in=Occupancy.objects.filter(on_day(day), company=company).values("unit")
    )
    staff = Occupancy.objects.filter(on_day(day), role=Occupancy.Role.WORKER, unit__in=units)
    rows = staff.exclude(person=None).select_related("person", "unit__building")
    return rows.order_by("person__name", "pk")


def vehicles_held(holder: Holder) -> QuerySet[Vehicle]:
    """Return all registrations of a person's or a company's cars, the current ones first."""
    own = "person" if isinstance(holder, Person) else "company"
    return Vehicle.objects.filter(**{own: holder}).order_by(
        F("ends_at").desc(nulls_first=True), "plate"
    )


def matching_people(rows: QuerySet[Person], text: str) -> QuerySet[Person]:
    """Return those of the people whose name, e-mail, phone number or car matches a text."""
    found: Any = Q(name__icontains=text) | Q(email__icontains=text)
    digits = "".join(filter(str.isdecimal, text))
    if len(digits) >= _DIGITS and not any(map(str.isalpha, text)):
        found |= Q(phone__contains=text) | Q(phone__endswith=digits)
    part = fold(text)
    if part:
        found |= Exists(Vehicle.objects.filter(person=OuterRef("pk"), folded__contains=part))
    return rows.filter(found)


def in_state(rows: QuerySet[Person], site: Site, state: str) -> QuerySet[Person]:
    """Return the people who are in a unit or bay today, move in later, moved out, or have none.

    Args:
        state: ``here``, ``coming``, ``gone`` or ``none``.
    """
    day, own = today(site), Occupancy.objects.filter(person=OuterRef("pk"))
    here, lasting = Exists(own.filter(on_day(day))), Exists(own.filter(lasting_after(day)))
    conditions = {
        "here": Q(here),
        "coming": Q(lasting) & ~Q(here),
        "gone": Q(Exists(own)) & ~Q(lasting),
        "none": ~Q(Exists(own)),
    }
    return rows.filter(conditions[state])


def ending_within(rows: QuerySet[Occupancy], site: Site, days: int) -> QuerySet[Occupancy]:
    """Return the occupancies that end within so many days from today."""
    day = today(site)
    return rows.filter(ends_on__gt=day, ends_on__lte=day + timedelta(days=days))


def fee_kinds(site: Site) -> dict[str, str | Promise]:
    """Return the kinds of fees of a site, title by code: all others, those billed, those paid."""
    paid = PayerPeriod.objects.filter(occupancy__site=site).exclude(fee_kind="")
    codes = paid.order_by("fee_kind").values_list("fee_kind", flat=True).distinct()
    return {"": ALL_FEES, **{code: code for code in codes}, **ports.fee_kinds(site)}


_OF_OCCUPANCY = ("site", "person", "company", "unit__building", "bay__lot")


def _cars_of() -> "Prefetch[str, QuerySet[Vehicle], str]":
    return Prefetch("vehicles", Vehicle.objects.filter(not_ended()).order_by("plate"), "cars")


def _paying(day: date) -> "Prefetch[str, QuerySet[PayerPeriod], str]":
    rows = PayerPeriod.objects.filter(on_day(day)).order_by("fee_kind")
    return Prefetch("payer_periods", rows, "paying")
