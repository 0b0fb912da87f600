"""Stays: inside now, past, and those to review."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing.permissions import BillingPermission
from billing.selectors import payments_for
from billing.services import record_cash
from console.car_links import car_context
from console.pages import render_list, render_page
from console.stays.forms import CashForm
from console.stays.listing import STAYS
from core import audit, clock
from core.errors import Rejection
from core.models import Site
from core.money import Money
from parking import quotes, selectors, services
from parking.charges import cause_of, charge_of
from parking.labels import describe_lines
from parking.models import Stay
from parking.permissions import ParkingPermission
from parking.vehicle_classes import class_title
from ui.dialogs import Dialog, close_dialog, run_dialog, show_dialog
from ui.forms import ReasonForm
from ui.lists import list_page
from ui.pages import SiteRequest, site_page
from ui.payment_links import pay_url, qr_code

REVIEW_WORDS = {
    "superseded": _("The same plate entered again: this stay ended without an exit."),
    "entry_unknown": _("No entry on record for this car."),
    "left_unpaid": _("The car was let out with an amount still due."),
    "exit_corrected": _("The plate was corrected after the car had left."),
    "late_record": _("A record arrived late, after an interruption of the connection."),
    "clock_wrong": _("The clock of a camera was wrong, so the time of receipt counts."),
}
REVIEW_ANSWERS = [
    _("Photos checked, no action needed"),
    _("Same car, misread by the camera"),
    _("Driver contacted"),
]


@site_page(ParkingPermission.VIEW_STAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the stays."""
    return list_page(request, STAYS, render_list(request, "stays"))


@site_page(ParkingPermission.VIEW_STAYS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one stay with its price explained, and audit the view."""
    stay = selectors.stay_or_404(site, pk)
    audit.record_read(site, request.user, "read stay", ("stay", pk))
    due = quotes.quoted_due(stay)
    document = stay.tariff.document if stay.tariff else None
    context: dict[str, Any] = {
        "stay": stay,
        "due": due,
        "lines": describe_lines(due.lines, document),
        "length": _length(stay),
        "vehicle": class_title(site.pk, stay.vehicle),
        "payments": payments_for(site, cause_of(stay)),
        "reasons": [REVIEW_WORDS.get(code, code) for code in stay.review],
        "pay_url": pay_url(stay),
        "qr": qr_code(pay_url(stay)),
        **car_context(request, stay.plate),
    }
    return render_page(request, "console/stays/detail.html", context, "stays")


@site_page(ParkingPermission.REVIEW_STAY)
@require_http_methods(["GET", "POST"])
def review(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Mark a stay as reviewed."""
    stay = selectors.stay_or_404(site, pk)
    dialog = Dialog(
        title=_("What did you find?"),
        lead=" ".join(str(REVIEW_WORDS.get(code, code)) for code in stay.review),
        button=_("Reviewed"),
        suggestions=REVIEW_ANSWERS,
    )
    return run_dialog(
        request,
        dialog,
        ReasonForm(request.POST or None),
        lambda data: services.review_stay(stay, request.user, data["reason"]),
        _("Stay reviewed."),
        events=[f"live:stay-{pk}", "live:stay"],
    )


@site_page(BillingPermission.RECORD_CASH)
@require_http_methods(["GET", "POST"])
def cash(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Record cash for a stay; a car that waits at the exit is let out."""
    stay = selectors.stay_or_404(site, pk)
    if request.method != "POST":
        return _cash_dialog(request, stay)
    try:
        offer = CashForm(request.POST).confirmed_quote()
        payment = record_cash(charge_of(stay), request.user, offer=offer)
    except Rejection as rejection:
        return _cash_dialog(request, stay, rejection)
    amount = Money(payment.amount, payment.currency).written()
    done = _("%(amount)s recorded.") % {"amount": amount}
    return close_dialog(done, ["live:lane", f"live:stay-{stay.pk}"])


def _cash_dialog(
    request: SiteRequest, stay: Stay, rejection: Rejection | None = None
) -> HttpResponse:
    """Show the amount of the stay's quote, which the form confirms by the quote's id."""
    quote = quotes.make_quote(stay)
    dialog = Dialog(
        title=_("Take %(amount)s in cash") % {"amount": Money(quote.due, quote.currency).written()},
        lead=_("For %(plate)s. Count the money first: it is recorded under your name.")
        % {"plate": stay.plate},
        button=_("Confirm payment"),
    )
    if not quote.due:
        dialog = Dialog(title=_("Nothing is due for %(plate)s") % {"plate": stay.plate}, button="")
    form = CashForm({"quote": quote.pk} if rejection else None, initial={"quote": quote.pk})
    if rejection is not None:
        form.add_rejection(rejection)
    return show_dialog(request, dialog, form)


def _length(stay: Stay) -> timedelta:
    return (stay.left_at or clock.now()) - stay.entered_at
