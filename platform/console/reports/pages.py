"""Show a report on its page, or send it as a file."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.reports import Column, Table
from console.pages import render_page
from console.reports.forms import ReportForm
from core import audit
from core.models import Site
from core.money import Money
from ui.exports import csv_response, xlsx_response
from ui.pages import SiteRequest

# What a page shows; a file has all.
_SHOWN = 500
TABS = (
    ("console:reports", _("Trial balance")),
    ("console:report_income", _("Income")),
    ("console:report_collected", _("Collected share")),
    ("console:report_ageing", _("Arrears")),
    ("console:report_statement", pgettext_lazy("report", "Statement")),
    ("console:report_cash_book", _("Cash book")),
    ("console:report_vat", _("VAT")),
    ("console:closed_months", _("Months")),
)
_WRITERS: dict[str, Callable[[HttpRequest, str, Any, Any], HttpResponseBase]] = {
    "csv": csv_response,
    "xlsx": xlsx_response,
}


def report_page(
    request: SiteRequest,
    site: Site,
    name: str,
    form: ReportForm,
    table: Table | None,
    **context: Any,
) -> HttpResponseBase:
    """Show a report or, with ``?export=``, send it as a file.

    Args:
        name: the name of the report's URL, and of the file.
        table: None while there is nothing to report on.
        context: more for the page.
    """
    writer = _WRITERS.get(request.GET.get("export", ""))
    if writer is not None and table is not None:
        return _export(request, site, name, table, writer)
    rows = list(islice(table.rows, _SHOWN + 1)) if table else []
    shown = {
        "form": form,
        "tabs": TABS,
        "tab": f"console:{name}",
        "columns": table.columns if table else [],
        "rows": [_shown(table, each) for each in rows[:_SHOWN]] if table else [],
        "totals": [_shown(table, each) for each in table.totals] if table and rows else [],
        "has_more": len(rows) > _SHOWN,
        "query": request.GET.urlencode(),
    }
    return render_page(request, "console/reports/report.html", {**shown, **context}, "reports")


def _export(
    request: SiteRequest, site: Site, name: str, table: Table, writer: Callable[..., Any]
) -> HttpResponseBase:
    audit.record(
        site, request.user, "export list", ("list", name), format=request.GET.get("export", "")
    )
    header = [str(column.title) for column in table.columns]
    lines = (list(map(_stored, row)) for part in (table.rows, table.totals) for row in part)
    file = "trial-balance" if name == "reports" else name.replace("_", "-")
    return writer(request, file, header, lines)


def _stored(cell: Any) -> object:
    if isinstance(cell, Money):
        return cell.major()
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def _shown(table: Table, row: Any) -> list[tuple[Column, str]]:
    cells = zip(table.columns, row, strict=True)
    return [(column, _text(column, cell)) for column, cell in cells]


def _text(column: Column, cell: Any) -> str:
    if isinstance(cell, Money):
        return cell.written() if cell.minor or not column.dashes_zero else "–"
    if cell is None:
        return ""
    if column.kind == "share":
        return f"{int(cell * 100)} %"
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
