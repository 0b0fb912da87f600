"""The people, companies, occupancies and places of a site that addresses name."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from core.models import Site
from estate.models import Bay, Unit
from people import directory
from people.models import AnyPlace, Company, Holder, Occupancy, Person


def person_or_404(site: Site, pk: int) -> Person:
    """Return a person of the site, also one whose data was erased.

    Raises:
        Http404: the site has no such person.
    """
    return get_object_or_404(Person.objects.select_related("site"), site=site, pk=pk)


def known_person_or_404(site: Site, pk: int) -> Person:
    """Return a person whose data was not erased.

    Raises:
        Http404: the site has no such person, or the data was erased.
    """
    return get_object_or_404(
        Person.objects.select_related("site"), site=site, pk=pk, erased_at=None
    )


def company_or_404(site: Site, pk: int) -> Company:
    """Return a company of the site.

    Raises:
        Http404: the site has no such company.
    """
    return get_object_or_404(Company.objects.select_related("site"), site=site, pk=pk)


def holder_or_404(kind: str, site: Site, pk: int) -> Holder:
    """Return a person or a company, by kind: ``person`` or ``company``.

    Raises:
        Http404: the site has none.
    """
    return known_person_or_404(site, pk) if kind == "person" else company_or_404(site, pk)


def occupancy_or_404(site: Site, pk: int) -> Occupancy:
    """Return an occupancy of the site with its holder, its place and today's payers.

    Raises:
        Http404: the site has no such occupancy.
    """
    rows = directory.occupancies(site).select_related(
        "site", "person", "company", "unit__building__site", "bay__lot__site"
    )
    return get_object_or_404(rows, pk=pk)


def place_or_404(kind: str, site: Site, pk: int) -> AnyPlace:
    """Return a unit or a bay that is in use, by kind: ``unit`` or ``bay``.

    Raises:
        Http404: the site has none, or it has ended.
    """
    rows: QuerySet[Any] = _places(kind).filter(ended_at=None)
    above = {"unit": "building", "bay": "lot"}[kind]
    rows = rows.select_related(f"{above}__site").filter(**{f"{above}__site": site})
    place = rows.filter(pk=pk).first()
    if place is None:
        raise Http404(f"no {kind} {pk} in use at {site.slug}")
    found: AnyPlace = place
    return found


def _places(kind: str) -> QuerySet[Any]:
    return Unit.objects.all() if kind == "unit" else Bay.objects.all()
