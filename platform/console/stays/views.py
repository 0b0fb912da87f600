"""Stays: inside now, past, and those to review."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing.permissions import BillingPermission
from billing.selectors import payments_for
from billing.services import record_cash
from console.pages import render_page
from console.stays.forms import CashForm
from core import audit, clock
from core.errors import Rejection
from core.models import Site
from core.money import Money
from parking import quotes, selectors, services
from parking.charges import cause_of, charge_of
from parking.labels import describe_lines
from parking.models import Stay
from parking.permissions import ParkingPermission
from parking.plate_search import stays_of_plate
from ui.dialogs import Dialog, close_dialog, run_dialog, show_dialog
from ui.forms import ReasonForm
from ui.pages import SiteRequest, site_page
from ui.payment_links import pay_url, qr_code
from ui.search import redirect_to_search, searched_text
from ui.tables import Segment, paginate_by_key, selected_segment

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
_ROWS = {
    "inside": selectors.stays_inside,
    "history": selectors.stays,
    "review": selectors.stays_to_review,
}


@site_page(ParkingPermission.VIEW_STAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the stays, or those of one plate."""
    if request.method == "POST":
        return redirect_to_search(request)
    segments = [
        Segment("inside", _("Inside now"), selectors.stays_inside(site).count()),
        Segment("review", _("To review"), selectors.stays_to_review(site).count()),
        Segment("history", _("All")),
    ]
    shown = selected_segment(request, segments)
    text = searched_text(request)
    rows = _ROWS[shown](site)
    if text:
        rows = stays_of_plate(site, rows, text)
    found = paginate_by_key(request, rows, "entered_at")
    now = clock.now()
    context = {
        "segments": segments,
        "shown": shown,
        "text": text,
        "page": found,
        "rows": [(stay, (stay.left_at or now) - stay.entered_at) for stay in found],
    }
    return render_page(request, "console/stays/list.html", context, "stays")


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
        "payments": payments_for(site, cause_of(stay)),
        "reasons": [REVIEW_WORDS.get(code, code) for code in stay.review],
        "pay_url": pay_url(stay),
        "qr": qr_code(pay_url(stay)),
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
