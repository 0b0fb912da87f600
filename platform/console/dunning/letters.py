"""The letters that remind of unpaid bills: of one bill, or of all of a household.

A letter that is printed counts as a reminder; it is then downloaded. Who may not manage fees
downloads a letter without that.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from billing.documents.letters import letter_of_bill, letters_of_unit
from billing.models import Bill
from billing.outstanding import bills
from billing.permissions import BillingPermission
from console.pages import redirect_to
from core import audit
from core.models import Document, Site
from estate.models import Unit
from fees.permissions import FeePermission
from fees.services.letters import record_letters
from people.periods import today
from ui.documents import document_response
from ui.pages import SiteRequest, site_page

_VIEW = BillingPermission.VIEW_MONEY
_READ = "read reminder letter"


@site_page(_VIEW)
def of_bill(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Download the letter that reminds of a bill."""
    bill = get_object_or_404(Bill, site=site, pk=pk)
    audit.record_read(site, request.user, _READ, ("bill", bill.public_id))
    return _answer(request, letter_of_bill(site, bill, today(site)))


@site_page(_VIEW)
def of_unit(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Download the letters that remind of all unpaid bills of a unit, one for each payer."""
    unit = get_object_or_404(Unit, building__site=site, pk=pk)
    audit.record_read(site, request.user, _READ, ("unit", unit.pk))
    return _answer(request, letters_of_unit(site, unit, today(site)))


@site_page(FeePermission.MANAGE_FEES)
@require_POST
def print_of_bill(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Record that the letter of a bill is printed, and download it."""
    _record(request, site, bills(site).filter(pk=pk))
    return redirect_to(request, "reminder_letter", site.slug, pk)


@site_page(FeePermission.MANAGE_FEES)
@require_POST
def print_of_unit(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Record that the letters of a unit's unpaid bills are printed, and download them."""
    _record(request, site, bills(site).filter(unit=pk))
    return redirect_to(request, "reminder_letters", site.slug, pk)


def _record(request: SiteRequest, site: Site, rows: Any) -> None:
    """Record the letters of those bills of which something is owed.

    Raises:
        PermissionDenied: the user may not read the letters.
        Http404: nothing is owed.
    """
    if _VIEW not in request.site_permissions:
        raise PermissionDenied
    owed = list(rows.filter(owed__gt=0).select_related("site").order_by("due_on", "pk"))
    if not owed:
        raise Http404("nothing is owed")
    record_letters(site, request.user, owed)


def _answer(request: SiteRequest, document: Document | None) -> HttpResponseBase:
    if document is None:
        raise Http404("nothing is owed")
    return document_response(request, document)
