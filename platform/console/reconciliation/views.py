"""Differences between the payment provider's balance and the ledger, and decisions about them."""

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing.models import ReconciliationDifference
from billing.permissions import BillingPermission
from billing.services.reconciliation import decide_difference
from console.pages import render_list
from console.reconciliation.listing import DIFFERENCES
from core.models import Site
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import ReasonForm, posted
from ui.lists import list_page
from ui.pages import SiteRequest, site_page

_REASONS = [
    _("Booked by hand"),
    _("Settled with the provider"),
    _("Of another business on the account"),
]


@site_page(BillingPermission.VIEW_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the differences of a site."""
    return list_page(request, DIFFERENCES, render_list(request, "reconciliation"))


@dialog_page(BillingPermission.RECONCILE)
def decide(request: SiteRequest, site: Site, pk: int) -> Change:
    """Record what a difference is explained by."""
    found = get_object_or_404(ReconciliationDifference, site=site, pk=pk)
    return Change(
        Dialog(
            title=_("Decide about the difference"),
            lead=_("Your reason is recorded, and the difference is closed. Nothing is booked."),
            button=_("Save"),
            suggestions=_REASONS,
        ),
        ReasonForm(posted(request)),
        lambda data: decide_difference(found, request.user, **data),
        _("Saved."),
        ["live:payment"],
    )
