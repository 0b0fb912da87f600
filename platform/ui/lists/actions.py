"""Bulk actions: one confirmation for many rows, which says how many and what will happen."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import Rejection
from core.models import Site
from ui.dialogs import Dialog, confirm_form, run_dialog, show_dialog
from ui.forms import PlainForm
from ui.lists.declaration import BulkAction, Listing
from ui.lists.state import ListState
from ui.pages import Notice, SiteRequest, Text, site_page
from ui.query_params import whole_number
from ui.rejections import sentences

# One confirmation changes at most so many rows, which one transaction can lock.
MOST_ROWS = 5000
# The field of the confirmation with the number of rows that the person was shown.
_CONFIRMED = "confirmed_rows"


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
        chosen = _permitted(request, listing, action)
        rows = _selected(request, listing)
        try:
            _require_changeable(len(rows))
        except Rejection as rejection:
            return _explain(request, chosen, rejection)
        confirmed = whole_number(request.POST.get(_CONFIRMED, "")) or 0

        def perform(data: dict[str, Any]) -> int:
            _require_confirmed(len(rows), confirmed)
            return chosen.perform(site, request.user, rows, data)

        return run_dialog(
            request,
            _confirmation(chosen, len(rows)),
            _form(request, chosen, len(rows)),
            perform,
            lambda changed: _outcome(chosen, changed, confirmed),
            events=["selection-changed", "list-changed", *chosen.events],
        )

    return view


def _permitted(request: SiteRequest, listing: Listing, name: str) -> BulkAction:
    found = next((each for each in listing.actions if each.name == name), None)
    if found is None:
        raise Http404(f"{listing.name} has no action {name}")
    if found.permission not in request.site_permissions:
        raise PermissionDenied(found.permission)
    return found


def _selected(request: SiteRequest, listing: Listing) -> list[Any]:
    """Return the selected rows of the site that the filters let through.

    Of more than MOST_ROWS, the first MOST_ROWS + 1 are returned.
    """
    state = ListState(listing, request)
    rows = state.rows
    if "all" not in request.GET:
        keys = [whole_number(text) for text in request.GET.getlist("row")]
        rows = rows.filter(pk__in=[key for key in keys if key is not None])
    return list(rows.order_by(*state.order.terms)[: MOST_ROWS + 1])


def _require_changeable(number: int) -> None:
    """Raise a Rejection if no row is selected, or more than one transaction can lock."""
    if not number:
        raise Rejection(
            "rows", "no_rows", _("no rows are selected"), _("select the rows to change in the list")
        )
    if number > MOST_ROWS:
        raise Rejection(
            "rows",
            "too_many_rows",
            _("more than %(most)s rows are selected") % {"most": MOST_ROWS},
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
        lead=action.consequence,
        button=action.label,
        tone=action.tone,
    )


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
