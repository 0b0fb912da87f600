"""Auto-pay of a site's payers, and turning one off."""

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing.models import AutoPay
from billing.permissions import BillingPermission
from billing.services.autopay import stop_autopay
from console.autopay.listing import AUTOPAYS
from console.pages import render_list
from core.models import Site
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import ReasonForm, posted
from ui.lists import list_page
from ui.pages import SiteRequest, site_page


@site_page(BillingPermission.VIEW_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the consents of a site's payers."""
    return list_page(request, AUTOPAYS, render_list(request, "autopays"))


@dialog_page(BillingPermission.REFUND)
def stop(request: SiteRequest, site: Site, pk: int) -> Change:
    """Turn a payer's auto-pay off at once."""
    found = get_object_or_404(AutoPay, site=site, pk=pk)
    return Change(
        Dialog(
            title=_("Turn auto-pay off"),
            lead=_("Nothing more is collected, and the saved method is forgotten."),
            button=_("Turn auto-pay off"),
            tone="danger-soft",
        ),
        ReasonForm(posted(request)),
        lambda data: stop_autopay(found, request.user, **data),
        _("Auto-pay is off. Nothing more is collected."),
        ["live:payment"],
    )
