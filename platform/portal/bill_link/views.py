"""One bill by a signed link: who has it sees and pays that bill alone, until the link expires."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from billing.bill_details import title_of
from billing.bill_links import bill_of_token
from billing.documents.bills import bill_document, credit_note_document
from billing.models import Bill, Payment
from billing.services import ask_question
from core import audit, photos
from core.client_address import client_address
from core.clock import zone
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from metering.models import MeterReading
from portal.bill_link.forms import QuestionForm
from portal.bill_payment import outcome_page, payment_of, payment_page
from portal.bill_view import bill_context, readings_of
from portal.submission import DONE, submit
from ui.documents import document_response
from ui.waiting import wait_text

# Links that lead to no bill, from one client.
OF_LINKS = Limit("bill-links", free=20, first_s=1, longest_s=300, window_s=3600)
ACTOR = "bill link"


def bill_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Turn ``view(request, bill, token, …)`` into one of a signed link, in the site's time zone."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = bill_of_token(token)
        if found is None:
            return _not_valid(request)
        with timezone.override(zone(found.site.timezone)):
            return view(request, found, token, *args, **kwargs)

    return guarded


@require_GET
@bill_page
def bill(request: HttpRequest, found: Bill, token: str) -> HttpResponse:
    """Show the bill with each line in words, what is due, and its payments."""
    context = bill_context(found) | {"token": token, "pay_url": _url("bill_link_pay", token)}
    return render(request, "portal/bill_link/bill.html", context)


@require_GET
@bill_page
def pdf(request: HttpRequest, found: Bill, token: str) -> HttpResponseBase:
    """Download the bill as PDF, or show that it is being rendered."""
    return document_response(request, bill_document(found))


@require_GET
@bill_page
def credit_note(request: HttpRequest, found: Bill, token: str, pk: int) -> HttpResponseBase:
    """Download a credit note of the bill as PDF."""
    note = get_object_or_404(found.credit_notes, pk=pk)
    note.bill = found
    return document_response(request, credit_note_document(note))


@require_http_methods(["GET", "HEAD", "POST"])
@bill_page
def check(request: HttpRequest, found: Bill, token: str) -> HttpResponse:
    """Show what is paid, to whom and how much; a POST leads to the provider's page."""
    return payment_page(
        request,
        [found],
        lambda payment: payment_url(token, payment),
        back_url=_url("bill_link", token),
    )


@require_GET
@bill_page
def outcome(request: HttpRequest, found: Bill, token: str, payment: str) -> HttpResponse:
    """Show how a payment of the bill ended; while that is not known, the page asks again."""
    return outcome_page(
        request,
        payment_of([found], payment),
        lambda payment: payment_url(token, payment),
        back_url=_url("bill_link", token),
        pay_url=_url("bill_link_pay", token),
    )


@require_GET
@bill_page
def photo(request: HttpRequest, found: Bill, token: str, pk: int) -> HttpResponse:
    """Return the photo of a reading that the bill is worked out from; each view is audited."""
    if pk not in readings_of(found):
        raise Http404(f"no reading {pk} on this bill")
    reading = MeterReading.objects.filter(pk=pk, meter__site=found.site_id).first()
    try:
        image = photos.load(reading.photo if reading else "")
    except FileNotFoundError as error:
        raise Http404(str(error)) from error
    audit.record(found.site, ACTOR, "read photograph", ("reading", pk))
    return HttpResponse(image, content_type="image/jpeg")


@require_http_methods(["GET", "HEAD", "POST"])
@bill_page
def ask(request: HttpRequest, found: Bill, token: str, pk: int) -> HttpResponse:
    """Ask a question about a line of the bill."""
    line = get_object_or_404(found.lines.select_related("charge"), pk=pk)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    language = get_language() or ""
    status = submit(form, partial(ask_question, found, line=line, language=language))
    if status == DONE:
        messages.success(request, _("Question sent."))
        return redirect("portal:bill_link", token=token)
    context = {
        "site": found.site,
        "bill": found,
        "title": title_of(line),
        "token": token,
        "form": form,
    }
    return render(request, "portal/bill_link/ask.html", context, status=status)


def payment_url(token: str, payment: Payment | str) -> str:
    """Return the path of the page that shows how a payment ended."""
    name = payment if isinstance(payment, str) else payment.public_id
    return _url("bill_link_payment", token, name)


def _url(name: str, *arguments: str) -> str:
    return reverse(f"portal:{name}", args=arguments)


def _not_valid(request: HttpRequest) -> HttpResponse:
    """Answer the same to a forged link and to one that has expired."""
    try:
        count_attempt((OF_LINKS, client_address(request)))
    except TooManyAttempts as error:
        context = {"refused": wait_text(error.wait_s)}
        return render(request, "portal/bill_link/expired.html", context, status=429)
    return render(request, "portal/bill_link/expired.html", status=404)
