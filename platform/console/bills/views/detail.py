"""The page of a bill."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from billing import bill_accounts
from billing.documents.bills import bill_document, credit_note_document
from billing.models import CreditNote
from billing.outstanding import bills
from billing.payers import holder_of, key_of
from billing.permissions import BillingPermission
from console.bills.listing import state_of
from console.pages import render_page
from console.second_person import waits_for_other
from core import audit
from core.models import Site
from fees.reminder_history import entries_of_bill
from ui.documents import document_response
from ui.pages import SiteRequest, site_page


def find_bill(site: Site, pk: int) -> Any:
    """Return a bill of the site with its state, as `outstanding.bills` does.

    Raises:
        Http404: the site has no such bill.
    """
    return get_object_or_404(bills(site).select_related("site", "unit__building"), pk=pk)


@site_page(BillingPermission.VIEW_MONEY)
def pdf(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Download the bill as PDF, or show that it is being rendered."""
    found = find_bill(site, pk)
    audit.record_read(site, request.user, "read bill", ("bill", found.public_id))
    return document_response(request, bill_document(found))


@site_page(BillingPermission.VIEW_MONEY)
def credit_note_pdf(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Download a credit note as PDF, or show that it is being rendered."""
    notes = CreditNote.objects.select_related("bill__site__organisation")
    note = get_object_or_404(notes, bill__site=site, pk=pk)
    audit.record_read(site, request.user, "read bill", ("bill", note.bill.public_id))
    return document_response(request, credit_note_document(note))


@site_page(BillingPermission.VIEW_MONEY)
def bill(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a bill: each line explained, payments, credit notes, write-offs, history."""
    found = find_bill(site, pk)
    audit.record_read(site, request.user, "read bill", ("bill", found.public_id))
    write_offs = bill_accounts.write_offs_of(found)
    context = {
        "bill": found,
        "state": state_of(found),
        "owed": max(0, found.owed),
        "payer": holder_of(site, found.payer),
        "payer_key": key_of(found.payer),
        "lines": bill_accounts.lines_of(found),
        "payments": bill_accounts.payments_of(found),
        "notes": found.credit_notes.select_related("issued_by").order_by("pk"),
        "write_offs": write_offs,
        "reminders": entries_of_bill(found),
        "waits_for_other": waits_for_other(write_offs, request.user),
    }
    return render_page(request, "console/bills/bill.html", context, "bills")
