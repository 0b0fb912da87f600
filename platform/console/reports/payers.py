"""Whose statement is shown: a person, a company, or the household of a unit."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from billing.payers import holder_of, key_of, party_of_holder, payer_of_key
from billing.reports import Statement, household_statement, statement
from core.models import Site
from estate.models import Unit
from people.models import Company, Person
from people.selectors import find_companies, find_people
from ui.query_params import whole_number

_MOST = 10


@dataclass(frozen=True, slots=True)
class Payer:
    """A person, a company or a unit; ``key`` names it in an address."""

    key: str
    title: str


def find_payers(site: Site, text: str) -> list[Payer]:
    """Return the people, companies and units that match a text."""
    words = text.replace("\0", "").strip()
    if not words:
        return []
    units = Unit.objects.filter(building__site=site, code=words).select_related("building")
    return [
        *(Payer(f"unit-{each.pk}", str(each)) for each in units[:_MOST]),
        *_holders(find_people(site, words)),
        *_holders(find_companies(site, words)),
    ]


def _holders(found: QuerySet[Person] | QuerySet[Company]) -> list[Payer]:
    return [Payer(key_of(party_of_holder(each)), str(each)) for each in found[:_MOST]]


def payer_or_404(site: Site, key: str) -> tuple[str, Person | Company | Unit]:
    """Return what a key names, with its kind.

    Raises:
        Http404: the site has no such person, company or unit.
    """
    kind, number = payer_of_key(key)
    found = _unit(site, number) if kind == "unit" else holder_of(site, (kind, number))
    if found is None:
        raise Http404("no such payer")
    return kind, found


def _unit(site: Site, number: str) -> Unit | None:
    pk = whole_number(number)
    return None if pk is None else Unit.objects.filter(building__site=site, pk=pk).first()


def statements_of(
    site: Site, payer: Person | Company | Unit, since: date, until: date
) -> list[Statement]:
    """Return the statements of a payer, or of the household of a unit."""
    if isinstance(payer, Unit):
        return household_statement(site, payer, since, until)
    return statement(site, [party_of_holder(payer)], since, until)
