"""Writing a tariff: from a template, as fields or as JSON, checked while typing, published."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from console.pages import redirect_to, render_page
from console.tariffs.editor import FIELDS, JSON, Editor, document_in, open_document
from console.tariffs.entry import add_row, count_rows, move_row_up, remove_row
from console.tariffs.lots import lots_with_tariffs
from console.tariffs.template_forms import TEMPLATES
from core.errors import Rejection
from core.models import Site
from estate.models import Lot
from parking.labels import describe_tariff
from parking.models import Tariff
from parking.permissions import ParkingPermission
from parking.publishing import publish_tariff
from ui.pages import SiteRequest, render_fragment, site_page
from ui.query_params import whole_number


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def publish(request: SiteRequest, site: Site) -> HttpResponse:
    """Write a version, preview what it charges, and publish it after a confirmation."""
    if request.method == "GET":
        return _begin(request, site)
    act, _space, which = request.POST.get("do", "").partition(" ")
    return _ACTS.get(act, _review)(request, site, which)


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_POST
def check(request: SiteRequest, site: Site) -> HttpResponse:
    """Check a tariff while it is being written: errors for its fields, rules, and prices."""
    editor = _posted(request, site)
    context = _found(editor)
    editor.forget_missing()
    return render_fragment(request, "console/tariffs/checked.html", context)


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def template(request: SiteRequest, site: Site) -> HttpResponse:
    """Ask for the values of the template ``name``, and open the tariff that it makes."""
    name = request.GET.get("name", "")
    if name not in TEMPLATES:
        raise Http404(f"no tariff template {name!r}")
    lot = _lot(request, site)
    code = lot.code if lot else site.slug
    form = TEMPLATES[name](site, request.POST or None, initial={"code": code})
    document = form.document() if form.is_valid() else None
    if document is not None:
        return _edit(request, open_document(site, document, lot=lot))
    context = {"form": form, "lot": lot}
    status = 422 if form.errors else 200
    return render_page(request, "console/tariffs/template.html", context, "tariffs", status)


def _begin(request: SiteRequest, site: Site) -> HttpResponse:
    """Open the version named by ``from``, an empty document, or the choice of a template."""
    pk = whole_number(request.GET.get("from", "")) or 0
    row = Tariff.objects.filter(lot__site=site, pk=pk).select_related("lot").first()
    if row is not None:
        return _edit(request, open_document(site, row.document, lot=row.lot))
    lot = _lot(request, site)
    if request.GET.get("as") == JSON:
        return _edit(request, Editor(site, JSON, Editor(site, JSON, lot=lot).as_posted()))
    context = {"templates": TEMPLATES.items(), "lot": lot, "lots": lots_with_tariffs(site)}
    return render_page(request, "console/tariffs/choose.html", context, "tariffs")


def _review(request: SiteRequest, site: Site, _which: str = "") -> HttpResponse:
    """Show what publishing would do, to be confirmed."""
    editor = _posted(request, site)
    if editor.prices is None:
        return _edit(request, editor, complete=True)
    context = {
        **_found(editor),
        "lot": editor.lot,
        "hidden": {
            "lot": editor.lot.pk,
            "valid_from": request.POST.get("valid_from", ""),
            "entry": request.POST.get("entry", ""),
            "vehicle": request.POST.get("vehicle", ""),
            "document": editor.text(),
            "tab": editor.mode,
        },
    }
    return render_page(request, "console/tariffs/review.html", context, "tariffs")


def _confirm(request: SiteRequest, site: Site, _which: str) -> HttpResponse:
    """Publish the version that was reviewed; what no longer fits is shown instead."""
    editor = _posted(request, site)
    if editor.plan is None:
        return _edit(request, editor, complete=True)
    try:
        made = publish_tariff(editor.lot, request.user, text=editor.text(), valid_from=editor.start)
    except Rejection as rejection:
        editor.add_rejection(rejection)
        return _edit(request, editor, complete=True)
    return redirect_to(request, "tariff", site.slug, made.pk)


def _complete(request: SiteRequest, site: Site, _which: str) -> HttpResponse:
    """Show every error, as the Enter key asks for."""
    return _edit(request, _posted(request, site), complete=True)


def _return(request: SiteRequest, site: Site, which: str) -> HttpResponse:
    """Return from the review to the editor, as fields or JSON as before."""
    if request.POST.get("tab") == FIELDS:
        return _as_fields(request, site, which)
    return _edit(request, _posted(request, site))


def _add(request: SiteRequest, site: Site, which: str) -> HttpResponse:
    """Add an empty row of the kind that ``which`` names."""
    posted = add_row(request.POST, which)
    editor = Editor(site, FIELDS, posted)
    if editor.entry is not None:
        editor.entry.focus_on(f"{which}-{count_rows(posted, which) - 1}")
    return _edit(request, editor)


def _remove(request: SiteRequest, site: Site, which: str) -> HttpResponse:
    """Remove the row that ``which`` names by kind and number."""
    prefix, _space, number = which.partition(" ")
    posted = remove_row(request.POST, prefix, whole_number(number))
    return _edit(request, Editor(site, FIELDS, posted), focus=prefix)


def _move_up(request: SiteRequest, site: Site, which: str) -> HttpResponse:
    """Move the row that ``which`` names before the row above it."""
    prefix, _space, number = which.partition(" ")
    posted = move_row_up(request.POST, prefix, whole_number(number))
    return _edit(request, Editor(site, FIELDS, posted), focus=prefix)


def _as_json(request: SiteRequest, site: Site, _which: str) -> HttpResponse:
    """Show the fields as JSON, once they can be read."""
    editor = _posted(request, site)
    if editor.entry is None or not editor.entry.is_valid():
        return _edit(request, editor, complete=True)
    document = editor.entry.document()
    return _edit(request, open_document(site, document, JSON, shared=request.POST))


def _as_fields(request: SiteRequest, site: Site, _which: str) -> HttpResponse:
    """Show the JSON as fields, if they can hold it."""
    try:
        document = document_in(request.POST.get("document", ""))
    except Rejection as rejection:
        editor = _posted(request, site)
        if editor.is_valid() or not editor.json or not editor.json.errors:
            editor.add_rejection(rejection)
        return _edit(request, editor, complete=True)
    return _edit(request, open_document(site, document, FIELDS, shared=request.POST))


_ACTS: dict[str, Callable[[SiteRequest, Site, str], HttpResponse]] = {
    "confirm": _confirm,
    "edit": _complete,
    "return": _return,
    "add": _add,
    "remove": _remove,
    "up": _move_up,
    "json": _as_json,
    "fields": _as_fields,
}


def _edit(
    request: SiteRequest, editor: Editor, *, complete: bool = False, focus: str = ""
) -> HttpResponse:
    """Render the editor with its errors, rules and prices.

    Args:
        request: the request.
        editor: the forms.
        complete: whether empty required fields are errors already.
        focus: the kind of row whose button to add one gets the focus.
    """
    context = _found(editor)
    if not complete:
        editor.forget_missing()
    status = 422 if complete and editor.has_errors else 200
    return render_page(
        request, "console/tariffs/edit.html", context | {"focus": focus}, "tariffs", status
    )


def _found(editor: Editor) -> dict[str, Any]:
    """Return what a check of the tariff finds, for the templates."""
    plan, prices = editor.plan, editor.prices
    return {
        "editor": editor,
        "plan": plan,
        "preview": prices,
        "said": describe_tariff(plan.document) if plan else None,
    }


def _posted(request: SiteRequest, site: Site) -> Editor:
    mode = FIELDS if request.POST.get("mode") == FIELDS else JSON
    return Editor(site, mode, request.POST)


def _lot(request: SiteRequest, site: Site) -> Lot | None:
    """Return the lot that the query names, if it is the site's."""
    pk = whole_number(request.GET.get("lot", "")) or 0
    return Lot.objects.filter(site=site, pk=pk).first()
