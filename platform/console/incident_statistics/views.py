"""The page of statistics, and its tables as files."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from console.incident_statistics.forms import PeriodForm
from console.incident_statistics.tables import (
    BY_NAME,
    TABLES,
    WEEKS,
    Table,
    as_stored,
)
from console.pages import render_page
from core import audit
from core.models import Site
from incidents.permissions import IncidentPermission
from ui.exports import csv_response, xlsx_response
from ui.pages import SiteRequest, site_page

_WRITERS: dict[str, Callable[..., HttpResponseBase]] = {"csv": csv_response, "xlsx": xlsx_response}
Period = tuple[datetime, datetime]


@site_page(IncidentPermission.REVIEW_INCIDENT)
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Show the figures of a period or, with ``?export=csv&table=weeks``, send a table as a file."""
    form = PeriodForm(site, request.GET)
    period = form.period()
    writer = _WRITERS.get(request.GET.get("export", ""))
    if writer is not None:
        return _export(request, site, period, writer)
    permitted = [each for each in TABLES if _sees(request, each)]
    shown = [(table, table.rows(site, *period)) for table in permitted]
    if any(table.permission and rows for table, rows in shown):
        audit.record_read(site, request.user, "read watch-listed plates", ("list", "statistics"))
    query = request.GET.copy()
    context = {
        "form": form,
        "query": query.urlencode(),
        "weeks": [_week(row) for table, rows in shown if table is WEEKS for row in rows],
        "tables": [(table, [_cells(table, row) for row in rows]) for table, rows in shown],
    }
    return render_page(
        request, "console/incident_statistics/page.html", context, "incident_statistics"
    )


def _export(
    request: SiteRequest, site: Site, period: Period, writer: Callable[..., HttpResponseBase]
) -> HttpResponseBase:
    table = BY_NAME.get(request.GET.get("table", ""))
    if table is None or not _sees(request, table):
        raise Http404("no such table for this user")
    name, kind = f"incidents-{table.name}", request.GET["export"]
    audit.record(site, request.user, "export list", ("list", name), format=kind)
    header = [str(table.head), *map(_in_seconds, table.columns)]
    lines = ([as_stored(cell) for cell in row] for row in table.rows(site, *period))
    return writer(request, name, header, lines)


def _in_seconds(title: Any) -> str:
    """Return the title of a column, with the unit that durations have in files."""
    timed = title in (WEEKS.columns[2], WEEKS.columns[3], WEEKS.columns[5], WEEKS.columns[6])
    return _("%(title)s (seconds)") % {"title": title} if timed else str(title)


def _sees(request: SiteRequest, table: Table) -> bool:
    return not table.permission or table.permission in request.site_permissions


def _cells(table: Table, row: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return the cells of a row for the template."""
    kinds = {timedelta: "span", float: "share", datetime: "moment", date: "day"}
    titles = (table.head, *table.columns)
    return [
        {"title": title, "value": cell, "kind": kinds.get(type(cell), "")}
        for title, cell in zip(titles, row, strict=True)
    ]


def _week(row: tuple[Any, ...]) -> dict[str, Any]:
    """Return the points of a week in the charts: a number, and medians in minutes."""
    acknowledged, reviewed = row[3], row[6]
    return {
        "day": row[0],
        "incidents": row[1],
        "acknowledged": _minutes(acknowledged),
        "reviewed": _minutes(reviewed),
    }


def _minutes(length: timedelta | None) -> float | None:
    return None if length is None else round(length.total_seconds() / 60, 1)
