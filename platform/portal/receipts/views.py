"""The receipt of a payment, as a page and as PDF."""

from functools import partial

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from billing import selectors as billing
from billing.documents.receipts import paid_items, receipt_document, vat_paid
from billing.models import FapiaoRequest, Payment
from billing.services import request_fapiao
from core import clock
from core.rate_limits import Limit, count_attempt
from portal.receipts.forms import FapiaoForm
from portal.submission import DONE, submit
from ui.documents import document_response

# Requests of one payment: rejected ones may be repeated a few times.
OF_REQUESTS = Limit("fapiao-requests", free=5, first_s=60, longest_s=3600, window_s=86_400)


@require_GET
@never_cache
def receipt(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the receipt of a payment, ready to print."""
    payment = billing.payment_or_404(public_id)
    found = billing.receipt(payment)
    if found is None:
        raise Http404("nothing is paid yet")
    timezone.activate(clock.zone(payment.site.timezone))
    items = paid_items(payment)
    context = {
        "receipt": found,
        "payment": payment,
        "site": payment.site,
        "items": items,
        "vat": vat_paid(items, payment.currency),
    }
    return render(request, "portal/receipts/receipt.html", context)


@require_GET
@never_cache
def pdf(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Download the receipt as PDF, or show that it is being rendered."""
    document = receipt_document(billing.payment_or_404(public_id))
    if document is None:
        raise Http404("nothing is paid yet")
    return document_response(request, document)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def fapiao(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the state of the fapiao of a payment, or request it."""
    payment = billing.payment_or_404(public_id)
    found = billing.receipt(payment)
    if found is None:
        raise Http404("nothing is paid yet")
    asked = FapiaoRequest.objects.filter(payment=payment).order_by("-pk").first()
    form = FapiaoForm(request.POST if request.method == "POST" else None)
    status = submit(form, partial(_request, payment))
    if status == DONE:
        return redirect("portal:fapiao", public_id=public_id)
    context = {
        "site": payment.site,
        "payment": payment,
        "receipt": found,
        "asked": asked,
        "may_request": asked is None or asked.state not in FapiaoRequest.ACTIVE,
        "form": form,
    }
    return render(request, "portal/receipts/fapiao.html", context, status=status)


def _request(payment: Payment, **values: str) -> None:
    count_attempt((OF_REQUESTS, payment.public_id))
    request_fapiao(payment, **values)
