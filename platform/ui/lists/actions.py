"""Bulk actions: one confirmation for many rows, which says how many and what will happen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core import undo
from core.errors import Rejection
from core.models import Site
from ui.dialogs import Dialog, confirm_form, run_dialog, show_dialog
from ui.forms import PlainForm
from ui.lists.declaration import BulkAction, Listing
from ui.lists.state import ListState
from ui.pages import Notice, SiteRequest, Text, add_notice, site_page
from ui.query_params import whole_number
from ui.rejections import sentences

# One confirmation changes at most so many rows, which one transaction can lock.
MOST_ROWS = 5000
# The field of the confirmation with the number of rows that the person was shown.
_CONFIRMED = "confirmed_rows"
# Stands in the address in place of an action's name.
UNDO = "undo"


def bulk_view(listing: Listing, permission: str) -> Callable[..., HttpResponse]:
    """Return the view of a list's bulk actions, for an address that ends in the action's name.

    Args:
        listing: the list; its address selects rows by ``row``, or all that the filters let through
            by ``all``.
        permission: what the list itself asks for; each action asks for its own as well.
    """

    @site_page(permission)
    @require_http_methods(["GET", "POST"])
    def view(request: SiteRequest, site: Site, action: str) -> HttpResponse:
        if action == UNDO:
            return _undo(request, listing)
        chosen = _permitted(request, listing, action)
        most = chosen.most_rows or MOST_ROWS
        rows = _selected(request, listing, most)
        try:
            _require_changeable(len(rows), most)
        except Rejection as rejection:
            return _explain(request, chosen, rejection)
        confirmed = whole_number(request.POST.get(_CONFIRMED, "")) or 0

        def perform(data: dict[str, Any]) -> int:
            _require_confirmed(len(rows), confirmed)
            return _change(request, listing, chosen, rows, data)

        return run_dialog(
            request,
            _confirmation(chosen, len(rows)),
            _form(request, chosen, len(rows)),
            perform,
            lambda changed: _outcome(chosen, changed, confirmed),
            events=["selection-changed", "list-changed", *chosen.events],
        )

    return view


@transaction.atomic
def _change(
    request: SiteRequest,
    listing: Listing,
    action: BulkAction,
    rows: list[Any],
    data: dict[str, Any],
) -> int:
    """Change the rows, and keep what they were if that can be undone; return how many changed."""
    changes = action.perform(request.site, request.user, rows, data)
    if action.undo is not None and changes:
        undo.keep_changes(request.site, request.user, listing.name, action.name, changes)
    return len(changes)


def _undo(request: SiteRequest, listing: Listing) -> HttpResponse:
    """Undo the person's latest bulk change of the list."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        action, number = _undone(request, listing)
    except Rejection as rejection:
        notice = Notice(sentences(rejection), "warning")
        return add_notice(HttpResponse(status=204), notice, "list-changed")
    text = ngettext(
        "Undone: %(n)s row is as it was before.",
        "Undone: %(n)s rows are as they were before.",
        number,
    )
    answer = HttpResponse(status=204)
    return add_notice(answer, text % {"n": number}, "list-changed", *action.events)


def _undone(request: SiteRequest, listing: Listing) -> tuple[BulkAction, int]:
    change = undo.latest_change(request.site, request.user, listing.name)
    if change is None or str(change.pk) != request.POST.get("change"):
        raise undo.too_late()
    action = _permitted(request, listing, change.action)
    restore = action.undo
    if restore is None:
        raise undo.too_late()
    restored = undo.undo_change(change, lambda rows: restore(request.site, request.user, rows))
    return action, restored


def _permitted(request: SiteRequest, listing: Listing, name: str) -> BulkAction:
    found = next((each for each in listing.actions if each.name == name), None)
    if found is None:
        raise Http404(f"{listing.name} has no action {name}")
    if found.permission not in request.site_permissions:
        raise PermissionDenied(found.permission)
    return found


def _selected(request: SiteRequest, listing: Listing, most: int) -> list[Any]:
    """Return the selected rows of the site that the filters let through, one above most at most."""
    state = ListState(listing, request)
    rows = state.rows
    if "all" not in request.GET:
        keys = [whole_number(text) for text in request.GET.getlist("row")]
        rows = rows.filter(pk__in=[key for key in keys if key is not None])
    return list(state.order.sort(rows)[: most + 1])


def _require_changeable(number: int, most: int) -> None:
    """Raise a Rejection if no row is selected, or more than the action changes at once."""
    if not number:
        raise Rejection(
            "rows", "no_rows", _("no rows are selected"), _("select the rows to change in the list")
        )
    if number > most:
        raise Rejection(
            "rows",
            "too_many_rows",
            _("more than %(most)s rows are selected") % {"most": most},
            _("narrow the list by filters, and change it in parts"),
        )


def _require_confirmed(number: int, confirmed: int) -> None:
    """Raise a Rejection if rows were added to the selection after it was confirmed."""
    if number > confirmed:
        raise Rejection(
            "rows",
            "more_rows_than_confirmed",
            _("%(number)s rows are selected now") % {"number": number},
            _("check the number, and confirm again"),
        )


def _explain(request: SiteRequest, action: BulkAction, rejection: Rejection) -> HttpResponse:
    """Show why the action is not possible with this selection."""
    form = confirm_form(request)
    if request.method == "POST":
        form.add_rejection(rejection)
        return show_dialog(request, Dialog(title=action.label, button=""), form)
    dialog = Dialog(title=action.label, lead=sentences(rejection), button="")
    return show_dialog(request, dialog, form)


def _confirmation(action: BulkAction, number: int) -> Dialog:
    return Dialog(
        title=action.question(number),
        lead=f"{action.consequence} {_undoing(action)}",
        button=action.label,
        tone=action.tone,
    )


def _undoing(action: BulkAction) -> str:
    if action.undo is None:
        return _("This can't be undone.")
    minutes = undo.VALID_FOR // timedelta(minutes=1)
    return _("You can undo this for %(n)s minutes.") % {"n": minutes}


def _form(request: SiteRequest, action: BulkAction, number: int) -> PlainForm:
    """Return the action's form, with the number of rows that it confirms."""
    data = None
    if request.method == "POST":
        data = request.POST.copy()
        data[_CONFIRMED] = str(number)
    form = action.form(data)
    form.fields[_CONFIRMED] = forms.IntegerField(widget=forms.HiddenInput, initial=number)
    return form


def _outcome(action: BulkAction, changed: int, confirmed: int) -> Text | Notice:
    if changed == confirmed:
        return action.done(changed)
    numbers = {"changed": changed, "confirmed": confirmed}
    text = _("%(changed)s of %(confirmed)s rows changed. The others were no longer in that state.")
    return Notice(text % numbers, "warning")
