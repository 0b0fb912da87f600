"""The statement of a payer as PDF."""

from collections.abc import Sequence
from datetime import date

from billing.documents.pages import document_of
from billing.reports import Statement
from core.models import Document, Site


def statement_document(
    site: Site, name: str, since: date, until: date, statements: Sequence[Statement]
) -> Document:
    """Return the statement of a payer in the active language.

    Args:
        name: of the payer, as printed.
        since, until: the first and the last day.
        statements: one for each currency, as `billing.reports.statement` returns them.
    """
    context = {"name": name, "since": since, "until": until, "statements": statements}
    return document_of(site, f"statement-{since}-{until}", "statement.html", context)
