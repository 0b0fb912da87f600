"""The lists of bills, credit notes and write-offs."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from billing.models import WriteOff
from billing.permissions import BillingPermission
from console.bills.listing import BILLS, CREDIT_NOTES, WRITE_OFFS
from console.pages import render_list
from console.second_person import waits_for_other
from core.models import Site
from ui.lists import Listing, list_page
from ui.pages import SiteRequest, site_page

_TABS = (
    (BILLS, "console:bills"),
    (CREDIT_NOTES, "console:credit_notes"),
    (WRITE_OFFS, "console:write_offs"),
)


def _list_view(listing: Listing) -> Callable[..., HttpResponseBase]:
    """Return the view of one of the lists."""

    @site_page(BillingPermission.VIEW_MONEY)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: SiteRequest, site: Site) -> HttpResponseBase:
        render = render_list(request, "bills", "console/bills/list.html")
        requests = WriteOff.objects.filter(site=site)
        waits = listing is WRITE_OFFS and waits_for_other(requests, request.user)
        return list_page(request, listing, render, tabs=_TABS, waits_for_other=waits)

    return view


bills = _list_view(BILLS)
credit_notes = _list_view(CREDIT_NOTES)
write_offs = _list_view(WRITE_OFFS)
