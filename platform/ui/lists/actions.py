"""Bulk actions: one confirmation for many rows, which says how many and what will happen."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from core.models import Site
from ui.dialogs import Dialog, run_dialog
from ui.lists.declaration import BulkAction, Listing
from ui.lists.state import ListState
from ui.pages import SiteRequest, site_page
from ui.query_params import whole_number

# One confirmation changes at most so many rows, which one transaction can lock.
MOST_ROWS = 5000


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
        dialog = Dialog(
            title=chosen.question(len(rows)),
            lead=chosen.consequence,
            button=chosen.label,
            tone=chosen.tone,
        )
        form = chosen.form(request.POST if request.method == "POST" else None)
        return run_dialog(
            request,
            dialog,
            form,
            lambda data: chosen.perform(site, request.user, rows, data),
            chosen.done,
            events=["list-changed"],
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
    """Return the selected rows; only rows of the site that the filters let through count.

    Raises:
        Http404: no row is selected, or too many are.
    """
    state = ListState(listing, request)
    rows = state.rows
    if "all" not in request.GET:
        keys = [whole_number(text) for text in request.GET.getlist("row")]
        rows = rows.filter(pk__in=[key for key in keys if key is not None])
    found = list(rows.order_by(*state.order.terms)[: MOST_ROWS + 1])
    if not found or len(found) > MOST_ROWS:
        raise Http404("no row is selected, or more than can be changed at once")
    return found
