"""The statement of a resident: what was charged and paid in a year, and what is owed."""

from dataclasses import dataclass
from datetime import date

from billing.documents.statements import statement_document
from billing.models import LedgerLine
from billing.reports import Statement, statement
from core.models import Document
from people.periods import today
from portal.residents import HomeRequest
from ui.query_params import whole_number


@dataclass(frozen=True)
class YearOfResident:
    """A year of a resident's statements, one for each currency.

    Attributes:
        years: those with entries, the latest first.
    """

    since: date
    until: date
    statements: list[Statement]
    years: list[int]


def year_of(request: HomeRequest) -> YearOfResident:
    """Return the year in the address, or this one."""
    now = today(request.site)
    years = _years(request, now.year)
    chosen = whole_number(request.GET.get("year", ""))
    year = chosen if chosen in years else now.year
    since, until = date(year, 1, 1), min(date(year, 12, 31), now)
    payer = ("person", str(request.person.pk))
    return YearOfResident(since, until, statement(request.site, [payer], since, until), years)


def document_of_year(request: HomeRequest, shown: YearOfResident) -> Document:
    """Return the statement as PDF."""
    return statement_document(
        request.site, request.person.name, shown.since, shown.until, shown.statements
    )


def _years(request: HomeRequest, latest: int) -> list[int]:
    """Return the years from the payer's first entry on, ten at most."""
    lines = LedgerLine.objects.filter(
        party_type="person", party_id=str(request.person.pk), account__site=request.site
    )
    first = lines.order_by("posted_on").values_list("posted_on", flat=True).first()
    begins = first.year if first else latest
    return list(range(latest, max(begins, latest - 9) - 1, -1))
