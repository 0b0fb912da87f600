"""Residents' access, requests and invitations: lists, decisions, and the site's rules."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.accounts.forms import RulesForm
from console.accounts.listing import ACCESSES, INVITATIONS, REQUESTS
from console.pages import render_list
from core.models import Site
from core.revisions import revision_of
from people import erasure
from people.accounts.rules import change_rules, rule_values
from people.models import ResidentRequest
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.lists import Listing, bulk_view, list_page
from ui.pages import SiteRequest, site_page

TABS = [
    (ACCESSES, "console:accounts"),
    (REQUESTS, "console:resident_requests"),
    (INVITATIONS, "console:resident_invitations"),
]
CHANGED = ["list-changed"]
_PERMISSION = PeoplePermission.MANAGE_ACCOUNTS


def _list_view(listing: Listing) -> Callable[..., HttpResponseBase]:
    @site_page(_PERMISSION)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: SiteRequest, site: Site) -> HttpResponseBase:
        render = render_list(request, "accounts", "console/accounts/list.html")
        return list_page(request, listing, render, tabs=TABS)

    return view


accesses, requests = _list_view(ACCESSES), _list_view(REQUESTS)
invitations = _list_view(INVITATIONS)
bulk_accesses = bulk_view(ACCESSES, _PERMISSION)
bulk_requests = bulk_view(REQUESTS, _PERMISSION)
bulk_invitations = bulk_view(INVITATIONS, _PERMISSION)


@dialog_page(_PERMISSION)
def approve_erasure(request: SiteRequest, site: Site, pk: int) -> Change:
    """Erase the data of a person who has asked for it."""
    found = get_object_or_404(ResidentRequest, site=site, pk=pk, kind=ResidentRequest.Kind.ERASURE)
    blocks = erasure.erasure_blocks(found.person)
    dialog = Dialog(
        title=_("Erase the data of %(name)s") % {"name": found.person},
        lead=_("Cars, contact, photos and the account are erased. This can't be undone."),
        button="" if blocks else _("Erase"),
        tone="danger-soft",
        template="console/accounts/erasure_blocks.html",
        context={"blocks": blocks},
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: erasure.approve_erasure(found, request.user),
        _("The data is being erased."),
        CHANGED,
    )


@dialog_page(_PERMISSION)
def rules(request: SiteRequest, site: Site) -> Change:
    """Change what residents may do themselves."""
    values = rule_values(site)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(title=_("Rules for residents"), button=_("Save")),
        RulesForm(data, initial={**values, "revision": revision_of(values)}),
        lambda changed: change_rules(site, request.user, **changed),
        _("Saved."),
    )
