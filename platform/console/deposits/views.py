"""The list of deposits, and the dialog that settles one."""

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing import services
from billing.models import Deposit
from billing.permissions import BillingPermission
from billing.services.deposits import held_of
from console.deposits.forms import SettleForm
from console.deposits.listing import DEPOSITS
from console.pages import render_list
from core.models import Site
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.lists import list_page
from ui.pages import SiteRequest, site_page

CHANGED = ["list-changed"]


@site_page(BillingPermission.VIEW_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the deposits of a site."""
    return list_page(request, DEPOSITS, render_list(request, "deposits"))


@dialog_page(BillingPermission.ISSUE_BILLS)
def settle(request: SiteRequest, site: Site, pk: int) -> Change:
    """Give a deposit back as credit of its payer, or keep a part for a reason."""
    deposit = get_object_or_404(Deposit.objects.select_related("site"), site=site, pk=pk)
    form = SettleForm(posted(request), held_of(deposit))
    return Change(
        Dialog(
            title=_("Settle the deposit: %(purpose)s") % {"purpose": deposit.purpose},
            lead=_(
                "What is given back becomes credit of the payer, which can be refunded on the"
                " payer's account. This can't be undone."
            ),
            button=_("Settle"),
            tone="danger-soft",
        ),
        form,
        lambda data: services.settle_deposit(deposit, request.user, **data),
        _("Deposit settled."),
        CHANGED,
    )
