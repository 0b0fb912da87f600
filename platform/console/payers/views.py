"""The account of a payer."""

from django.http import Http404, HttpResponse

from billing.accounts import account_of_payer, unbilled_charges
from billing.payers import holder_of, key_of, party_of_holder, payer_of_key
from billing.permissions import BillingPermission
from console.holder_picker import holder_key
from console.pages import render_page
from core import audit
from core.models import Site
from fees.reminder_history import entries_of_payer
from people.models import Holder
from ui.pages import SiteRequest, site_page


def holder_or_404(site: Site, key: str) -> Holder:
    """Return the person or company of an address.

    Raises:
        Http404: the site has none.
    """
    found = holder_of(site, payer_of_key(key))
    if found is None:
        raise Http404("no such payer")
    return found


@site_page(BillingPermission.VIEW_MONEY)
def account(request: SiteRequest, site: Site, key: str) -> HttpResponse:
    """Show what a payer owes, the credit, deposits, bills and payments."""
    holder = holder_or_404(site, key)
    payer = party_of_holder(holder)
    audit.record_read(site, request.user, "read account", payer)
    context = {
        "holder": holder,
        "kind": payer[0],
        "payer_key": key_of(payer),
        "holder_key": holder_key(holder),
        "account": account_of_payer(site, payer),
        "reminders": entries_of_payer(site, payer),
        "can_bill": bool(unbilled_charges(site, payer)),
    }
    return render_page(request, "console/payers/account.html", context, "bills")
