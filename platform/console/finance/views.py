"""Finance: what is due for refund, in doubt or in suspense, and paying it back."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing import selectors, services
from billing.desk import can_void
from billing.labels import account_title, action_title, entry_title
from billing.methods import is_refunded_by_hand, method_title
from billing.models import Bill, BillLine, Payment, PaymentItem, Refund
from billing.payers import key_of, names_of
from billing.permissions import BillingPermission
from billing.services.refunds import needs_second_person
from console.finance.forms import RefundForm
from console.finance.listing import PAYMENTS, payer_of
from console.finance.open_items import DISPUTES, IN_DOUBT, REFUNDS, REFUNDS_DUE, SUSPENSE
from console.pages import render_list, render_page
from core import audit
from core.models import Site, User
from parking.charges import KIND
from parking.models import Stay
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm
from ui.lists import Listing, list_page
from ui.pages import SiteRequest, site_page

_REASONS = [
    _("Paid twice"),
    _("Paid too much"),
    _("The plate was corrected"),
    _("Covered by a pass"),
]


def _list_view(listing: Listing) -> Callable[..., HttpResponseBase]:
    """Return the view of one of the lists of finance."""

    @site_page(BillingPermission.VIEW_MONEY)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: SiteRequest, site: Site) -> HttpResponseBase:
        render = render_list(request, "finance", "console/finance/list.html")
        return list_page(request, listing, render, tabs=_tabs(site))

    return view


def _tabs(site: Site) -> list[tuple[str, Any, int | None]]:
    """Return the lists of finance: the name of the URL, the title, and how many rows wait."""
    return [
        ("console:finance", REFUNDS_DUE.title, len(selectors.owed_back(site))),
        ("console:refunds", REFUNDS.title, selectors.refunds_to_approve(site).count()),
        ("console:payments_in_doubt", IN_DOUBT.title, selectors.in_doubt(site).count()),
        ("console:suspense", SUSPENSE.title, None),
        ("console:disputes", DISPUTES.title, None),
        ("console:payments", PAYMENTS.title, None),
    ]


page = _list_view(REFUNDS_DUE)
refunds = _list_view(REFUNDS)
in_doubt = _list_view(IN_DOUBT)
suspense = _list_view(SUSPENSE)
disputes = _list_view(DISPUTES)
payments = _list_view(PAYMENTS)


@site_page(BillingPermission.VIEW_MONEY)
def payment(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show what happened to a payment: ledger entries, refunds and disputes."""
    found = _payment_of(site, pk)
    context = {
        "payment": found,
        "method": method_title(found),
        "can_void": can_void(found),
        "refundable": selectors.refundable(found),
        "lines": [
            (line, entry_title(line.entry), account_title(line.account.code))
            for line in selectors.entries_of(found)
        ],
        "refunds": [
            (each, _waits_for_other(each, request.user))
            for each in selectors.refunds(site).filter(payment=found)
        ],
        "disputes": found.disputes.order_by("pk"),
        "stay": _stay_of(found),
        "bills": _bills_of(found),
        "payer": _payer_of(found),
        "history": [
            (each, action_title(each.action))
            for each in audit.history(site, ("payment", found.public_id))
        ],
    }
    return render_page(request, "console/finance/payment.html", context, "finance")


@site_page(BillingPermission.REFUND)
@require_http_methods(["GET", "POST"])
def refund(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Request a refund of what is due."""
    found = _payment_of(site, pk)
    due = selectors.refundable(found)
    dialog = Dialog(
        title=_("Refund %(amount)s") % {"amount": due.written()},
        lead=_("The refund is sent after it has been approved."),
        button=_("Request refund"),
        suggestions=_REASONS,
    )
    return run_dialog(
        request,
        dialog,
        RefundForm(request.POST or None, due),
        lambda data: services.request_refund(found, request.user, **data),
        _("Refund requested."),
        events=["live:payment"],
    )


@site_page(BillingPermission.REFUND)
@require_http_methods(["GET", "POST"])
def approve(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Approve a refund: it is sent to the provider, or paid back in cash by this person."""
    found = _refund_of(site, pk)
    is_cash = is_refunded_by_hand(found.payment)
    dialog = Dialog(
        title=_("Approve the refund"),
        lead=_("Pay the cash back first. The refund is recorded under your name.")
        if is_cash
        else _("The money is returned to the card or wallet that paid."),
        button=_("Approve"),
    )
    return _confirm(request, dialog, services.approve_refund, found, _("Refund approved."))


@site_page(BillingPermission.REFUND)
@require_http_methods(["GET", "POST"])
def cancel(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Cancel a refund that waits for approval."""
    dialog = Dialog(title=_("Cancel the refund"), button=_("Cancel the refund"), tone="danger-soft")
    found = _refund_of(site, pk)
    return _confirm(request, dialog, services.cancel_refund, found, _("Refund cancelled."))


def _confirm(
    request: SiteRequest,
    dialog: Dialog,
    change: Callable[[Refund, User], Refund],
    found: Refund,
    done: Any,
) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    return run_dialog(
        request,
        dialog,
        form,
        lambda data: change(found, request.user),
        done,
        events=["live:payment"],
    )


def _waits_for_other(refund: Refund, user: User) -> bool:
    """Return whether a person has requested a refund that only another one may approve."""
    is_own = refund.state == Refund.State.REQUESTED and refund.requested_by_id == user.pk
    return is_own and needs_second_person(refund)


def _stay_of(payment: Payment) -> Stay | None:
    """Return the stay that the payment is for, if it is for one."""
    items = PaymentItem.objects.filter(payment=payment, charge__source_type=KIND)
    return Stay.objects.filter(public_id__in=items.values("charge__source_id")).first()


def _bills_of(payment: Payment) -> QuerySet[Bill]:
    """Return the bills whose charges the payment is for."""
    items = PaymentItem.objects.filter(payment=payment)
    lines = BillLine.objects.filter(charge__in=items.values("charge"))
    return Bill.objects.filter(pk__in=lines.values("bill")).order_by("pk")


def _payer_of(payment: Payment) -> dict[str, str] | None:
    """Return key and name of the payment's payer; None where it is anonymous."""
    payer = payer_of(payment)
    names = names_of(payment.site, [payer]) if payer else {}
    return {"key": key_of(payer), "name": names[payer]} if payer in names else None


def _payment_of(site: Site, pk: int) -> Payment:
    rows = Payment.objects.select_related("site", "cheque_return")
    return get_object_or_404(rows, site=site, pk=pk)


def _refund_of(site: Site, pk: int) -> Refund:
    return get_object_or_404(selectors.refunds(site), pk=pk)
