"""One stay: its price and how it adds up, and paying it online, without an account.

A stay's address is unguessable; it shows the plate, times and price, never a photo.
"""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from billing import selectors as billing
from billing.models import Payment
from billing.services import begin_checkout, refresh_payment
from billing.services.checkout import CHECKOUT_LIFE
from core import clock
from core.errors import Rejection
from parking import selectors as parking
from parking.charges import cause_of, charge_of
from parking.labels import describe_lines
from parking.models import Stay
from parking.quotes import quoted_due
from portal.stays.forms import PayForm

# The cookie of a stay by which a browser proves that it began the payment.
_PAYER = "payer-"


@require_GET
@never_cache
def stay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a stay, the amount due, and how to pay it."""
    return render(request, "portal/stays/stay.html", _stay_context(_stay(public_id)))


@require_GET
@never_cache
def amount(request: HttpRequest, public_id: str) -> HttpResponse:
    """Render the part of the page that changes while it is open."""
    return render(request, "portal/stays/amount.html", _stay_context(_stay(public_id)))


@require_POST
def checkout(request: HttpRequest, public_id: str) -> HttpResponse:
    """Start a payment and redirect the payer to the provider's page."""
    found = _stay(public_id)
    form = PayForm(request.POST)
    if not form.is_valid():
        context = _stay_context(found) | {"form": form}
        return render(request, "portal/stays/stay.html", context, status=422)
    began_at = clock.now()
    try:
        payment = begin_checkout(
            charge_of(found),
            email=form.cleaned_data["email"],
            language=get_language() or settings.LANGUAGE_CODE,
            return_url=settings.PUBLIC_URL + reverse("portal:back", args=[public_id]),
            begun=request.get_signed_cookie(_PAYER + public_id, "", salt=_PAYER) or "",
        )
    except Rejection as rejection:
        context = _stay_context(_stay(public_id)) | {"form": form, "rejection": rejection}
        return render(request, "portal/stays/stay.html", context, status=409)
    response = _sent_to(payment, public_id)
    if payment.created_at >= began_at:
        # Only this browser may change where the receipt is sent.
        response.set_signed_cookie(
            _PAYER + public_id,
            payment.public_id,
            salt=_PAYER,
            max_age=CHECKOUT_LIFE,
            path=reverse("portal:stay", args=[public_id]),
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response


@require_GET
@never_cache
def back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Handle the return from the provider: refresh the payment's state from there."""
    found = _stay(public_id)
    payment = billing.latest_payment(found.site, cause_of(found))
    if payment is not None and payment.state in Payment.UNDER_WAY:
        # Where it does not answer now its own message will, or the job that asks again: the page
        # waits live for either.
        with suppress(Rejection):
            refresh_payment(payment)
    return redirect("portal:stay", public_id=public_id)


def _stay(public_id: str) -> Stay:
    found = parking.stay_by_public_id(public_id)
    timezone.activate(clock.zone(found.site.timezone))
    return found


def _stay_context(found: Stay) -> dict[str, Any]:
    due = quoted_due(found)
    payment = billing.latest_payment(found.site, cause_of(found))
    return {
        "site": found.site,
        "stay": found,
        "due": due,
        "lines": describe_lines(due.lines, _document(found)),
        "in_grace": bool(due.leave_by and due.leave_by >= due.at and not due.due),
        "payment": payment,
        "receipts": billing.payments_for(found.site, cause_of(found)).exclude(receipt_no=None),
        "online": billing.online_payment_available(found.site),
        "form": PayForm(),
        "status": _status(found, due, payment),
    }


def _status(found: Stay, due: parking.Due, payment: Payment | None) -> tuple[str, str]:
    """Return the tone and text of the stay's status."""
    processing = payment is not None and payment.state == Payment.State.PROCESSING
    if found.status == Stay.Status.CLOSED:
        return ("stop", _("left, amount due")) if due.due else ("go", _("left"))
    if found.status != Stay.Status.OPEN:
        return "mute", _("ended")
    if processing:
        return "busy", _("bank is processing")
    if due.due:
        return "pay", _("to pay")
    return ("go", _("paid")) if due.paid else ("go", _("nothing to pay"))


def _document(found: Stay) -> dict[str, Any] | None:
    return found.tariff.document if found.tariff else None


def _sent_to(payment: Payment, public_id: str) -> HttpResponse:
    target = payment.checkout_url if payment.state == Payment.State.PENDING else ""
    return HttpResponseRedirect(target or reverse("portal:stay", args=[public_id]), status=303)
