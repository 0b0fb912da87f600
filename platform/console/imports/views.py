"""Import a list: choose, download a template, upload, look, confirm, undo."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.imports import template_files
from console.imports.forms import UploadForm
from console.imports.listing import IMPORTS
from console.pages import render_list, render_page
from core import audit, imports
from core.errors import Rejection
from core.imports import ImportKind, selectors
from core.models import ImportBatch, ImportRow, Site
from core.permissions import SitePermission
from core.tables import Choice, Column, DateOrder
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.exports import csv_response
from ui.lists import list_page
from ui.pages import SiteRequest, site_page

_IMPORT = SitePermission.IMPORT_LISTS


@site_page(_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the site's imports."""
    return list_page(request, IMPORTS, render_list(request, "imports", "console/imports/list.html"))


@site_page(_IMPORT)
@require_GET
def choose(request: SiteRequest, site: Site) -> HttpResponse:
    """Offer the kinds of lists, in the order in which a new site needs them."""
    kinds = [kind for kind in imports.all_kinds() if kind.permission in request.site_permissions]
    return render_page(request, "console/imports/choose.html", {"kinds": kinds}, "imports")


@site_page(_IMPORT)
@require_http_methods(["GET", "POST"])
def upload(request: SiteRequest, site: Site, kind: str) -> HttpResponse:
    """Upload a list and check it."""
    chosen = _kind(request, kind)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        try:
            return _upload(request, site, chosen, form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
    context = {"kind": chosen, "form": form, "columns": template_files.explained(chosen)}
    status = 422 if form.errors else 200
    return render_page(request, "console/imports/upload.html", context, "imports", status)


@site_page(_IMPORT)
@require_GET
def template_csv(request: SiteRequest, site: Site, kind: str) -> HttpResponseBase:
    """Download a template of a list as CSV."""
    columns = _kind(request, kind).columns
    titles = [column.title for column in columns]
    return csv_response(request, kind, titles, [[column.example for column in columns]])


@site_page(_IMPORT)
@require_GET
def template_xlsx(request: SiteRequest, site: Site, kind: str) -> HttpResponse:
    """Download a template of a list as a workbook that explains its columns."""
    return template_files.xlsx_template(_kind(request, kind))


@site_page(_IMPORT)
def batch(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show how far an import is, its errors, and what it will do or has done."""
    found, kind = _batch(request, site, pk)
    _audit_view(request, site, found, kind)
    context = {"batch": found, "kind": kind, **_shown(kind, found)}
    return render_page(request, "console/imports/batch.html", context, "imports")


@site_page(_IMPORT)
def errors_file(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Download all errors of a list."""
    found, kind = _batch(request, site, pk)
    _audit_view(request, site, found, kind)
    header = (_("Row"), _("Column"), _("Value"), _("Problem"), _("How to correct it"))
    rows = (
        (number, _title(kind, each["column"]), each["value"], each["message"], each["hint"])
        for number, each in selectors.errors(found)
    )
    return csv_response(request, f"{site.slug}-{kind.code}-errors", header, rows)


@site_page(_IMPORT)
@require_POST
def confirm(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Import a list that was checked."""
    found, _ignored = _batch(request, site, pk)
    return _after(request, site, found, imports.confirm)


@site_page(_IMPORT)
@require_POST
def discard(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Discard a list that is not to be imported."""
    found, _ignored = _batch(request, site, pk)
    return _after(request, site, found, imports.discard)


@dialog_page(_IMPORT)
def undo(request: SiteRequest, site: Site, pk: int) -> Change:
    """Undo an import after a confirmation."""
    found, _ignored = _batch(request, site, pk)
    dialog = Dialog(
        title=_("Undo the import of %(file)s") % {"file": found.file_name},
        lead=gettext_lazy(
            "What it created is removed, what it changed is restored: all of it, or nothing."
        ),
        button=gettext_lazy("Undo import"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: imports.undo(found, request.user),
        gettext_lazy("The import is being undone."),
        ["list-changed"],
    )


def _upload(
    request: SiteRequest, site: Site, kind: ImportKind, data: dict[str, Any]
) -> HttpResponse:
    file, order = data["file"], DateOrder(data["date_order"])
    found = imports.upload(site, request.user, kind.code, file.name, file.read(), order)
    return redirect("console:import", site.slug, found.pk)


def _after(request: SiteRequest, site: Site, found: ImportBatch, action: Any) -> HttpResponse:
    """Act on a batch and show it again; a rejection is shown there, too."""
    try:
        action(found, request.user)
    except Rejection as rejection:
        kind = _kind(request, found.kind)
        context = {"batch": found, "kind": kind, "rejection": rejection, **_shown(kind, found)}
        return render_page(request, "console/imports/batch.html", context, "imports", 422)
    return redirect("console:import", site.slug, found.pk)


def _kind(request: SiteRequest, code: str) -> ImportKind:
    try:
        kind = imports.kind_of(code)
    except KeyError:
        raise Http404(f"no list {code}") from None
    if kind.permission not in request.site_permissions:
        raise PermissionDenied(f"{kind.permission} is not granted")
    return kind


def _batch(request: SiteRequest, site: Site, pk: int) -> tuple[ImportBatch, ImportKind]:
    rows = ImportBatch.objects.select_related("site", "by", "run")
    found = get_object_or_404(rows, site=site, pk=pk)
    return found, _kind(request, found.kind)


def _audit_view(request: SiteRequest, site: Site, found: ImportBatch, kind: ImportKind) -> None:
    if kind.personal and found.rows.exists():
        audit.record_read(site, request.user, "read import", ("import_batch", found.pk))


def _title(kind: ImportKind, code: str) -> str:
    return next((str(each.title) for each in kind.columns if each.code == code), "")


def _shown(kind: ImportKind, found: ImportBatch) -> dict[str, Any]:
    """Return the errors and the first rows of a batch, as a page shows them."""
    rejected = selectors.rejected_rows(found)[: selectors.SHOWN_ERRORS]
    rows = selectors.preview(found)
    used = {name for row in rows for name, value in row.values.items() if value is not None}
    columns = [column for column in kind.columns if column.code in used]
    return {
        "errors": [
            (row.number, {**problem, "title": _title(kind, problem["column"])})
            for row in rejected
            for problem in row.problems
        ],
        "columns": columns,
        "rows": [(row, [_cell(row, column) for column in columns]) for row in rows],
        "more": max(found.created + found.changed - len(rows), 0) if rows else 0,
        "problem": _problem(found),
        "reveal_url": _reveal_url(kind, found),
        "can_undo": found.state == ImportBatch.State.APPLIED and found.effects.exists(),
    }


def _reveal_url(kind: ImportKind, found: ImportBatch) -> str:
    """Return the address that shows once what an import has made; empty if there is nothing."""
    shown = found.run is not None and "revealed_at" in found.run.result
    if (
        not kind.reveal_url
        or shown
        or found.state != ImportBatch.State.APPLIED
        or not found.created
    ):
        return ""
    return reverse(kind.reveal_url, args=[found.site.slug, found.pk])


def _problem(found: ImportBatch) -> Rejection | None:
    """Return why the whole list was rejected, or could not be undone."""
    stored = found.problem
    if not stored:
        return None
    return Rejection(stored["column"], stored["code"], stored["message"], stored["hint"])


def _cell(row: ImportRow, column: Column) -> dict[str, Any]:
    """Return a cell with its column's title, and its value before where the import changes it."""
    changed = column.code in row.changes
    return {
        "title": column.title,
        "value": _text(column, row.values.get(column.code)),
        "changed": changed,
        "before": _text(column, row.changes[column.code][0]) if changed else "",
    }


def _text(column: Column, stored: Any) -> Any:
    value = column.shown(stored)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(column, Choice) and value is not None:
        return column.choices.get(value, value)
    return "" if value is None else value
