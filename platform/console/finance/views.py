"""Finance: what is due for refund, in doubt or in suspense, and paying it back."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing import selectors, services
from billing.labels import account_title, action_title, entry_title
from billing.models import Payment, PaymentItem, Refund
from billing.permissions import BillingPermission
from console.finance.forms import RefundForm
from console.finance.listing import PAYMENTS
from console.pages import render_list, render_page
from core import audit
from core.models import Site, User
from parking.charges import INCOME_ACCOUNT, KIND
from parking.models import Stay
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm
from ui.lists import list_page
from ui.pages import SiteRequest, site_page
from ui.tables import Segment, paginate, selected_segment

_REASONS = [
    _("Paid twice"),
    _("Paid too much"),
    _("The plate was corrected"),
    _("Covered by a pass"),
]


@site_page(BillingPermission.VIEW_MONEY)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List what is due for refund, the refunds, payments in doubt, or entries in suspense."""
    owed = selectors.owed_back(site)
    in_doubt = selectors.in_doubt(site)
    segments = [
        Segment("due", _("Refunds due"), len(owed)),
        Segment("refunds", _("Refunds")),
        Segment("doubt", _("In doubt"), in_doubt.count()),
        Segment("suspense", _("Suspense")),
    ]
    shown = selected_segment(request, segments)
    text = request.GET.get("q", "").strip()
    found = paginate(request, _rows(site, shown, text, owed))
    context = {
        "segments": segments,
        "shown": shown,
        "text": text,
        "page": found,
        "rows": _entries_with_stays(found) if shown == "suspense" else _with_stays(found),
    }
    return render_page(request, "console/finance/list.html", context, "finance")


@site_page(BillingPermission.VIEW_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List all payments."""
    render = render_list(request, "finance", "console/finance/all_payments.html")
    return list_page(request, PAYMENTS, render)


@site_page(BillingPermission.VIEW_MONEY)
def payment(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show what happened to a payment: ledger entries, refunds and disputes."""
    found = _payment_of(site, pk)
    context = {
        "payment": found,
        "refundable": selectors.refundable(found),
        "lines": [
            (line, entry_title(line.entry), _account_title(line.account.code))
            for line in selectors.entries_of(found)
        ],
        "refunds": selectors.refunds(site).filter(payment=found),
        "disputes": found.disputes.order_by("pk"),
        "stay": _stays_of([found.pk]).get(found.pk),
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
    is_cash = found.payment.provider == Payment.Provider.OFFLINE
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


def _rows(site: Site, shown: str, text: str, owed: list[selectors.OwedBack]) -> Any:
    """Return the rows of a segment that match the text: a receipt's number or a payment's id."""
    if shown == "due":
        return [each for each in owed if _matches(each.payment, text)]
    if shown == "suspense":
        entries = selectors.entries_in_suspense(site)
        return entries.filter(memo__icontains=text) if text else entries
    if shown == "refunds":
        refunds = selectors.refunds(site)
        return [each for each in refunds if _matches(each.payment, text)] if text else refunds
    return [each for each in selectors.in_doubt(site) if _matches(each, text)]


def _matches(found: Payment, text: str) -> bool:
    return not text or text in (found.public_id, str(found.receipt_no), found.provider_ref)


def _with_stays(rows: Iterable[Any]) -> list[tuple[Any, Stay | None]]:
    """Return the rows of a page, each with the stay that its payment is for."""
    about = [(row, getattr(row, "payment", row)) for row in rows]
    stays = _stays_of(each.pk for _row, each in about if isinstance(each, Payment))
    return [(row, stays.get(each.pk)) for row, each in about]


def _account_title(code: str) -> str:
    return str(_("parking income")) if code == INCOME_ACCOUNT else account_title(code)


def _entries_with_stays(entries: Iterable[Any]) -> list[tuple[Any, str, Stay | None]]:
    """Return ledger entries in suspense, each with its title and the stay that it is about."""
    causes = selectors.causes_in_suspense(list(entries))
    stays = _stays_named({pk: cause.id for pk, cause in causes.items() if cause.kind == KIND})
    return [(entry, entry_title(entry), stays.get(entry.pk)) for entry in entries]


def _stays_of(payment_ids: Iterable[int]) -> dict[int, Stay]:
    """Return the stays that the payments are for, by payment."""
    items = PaymentItem.objects.filter(payment__in=list(payment_ids), charge__source_type=KIND)
    return _stays_named(dict(items.values_list("payment", "charge__source_id")))


def _stays_named(public_ids: dict[int, str]) -> dict[int, Stay]:
    """Return the stays with these public ids, by the same keys."""
    rows = Stay.objects.filter(public_id__in=public_ids.values())
    stays = {each.public_id: each for each in rows}
    return {pk: stays[name] for pk, name in public_ids.items() if name in stays}


def _payment_of(site: Site, pk: int) -> Payment:
    return get_object_or_404(Payment.objects.select_related("site"), site=site, pk=pk)


def _refund_of(site: Site, pk: int) -> Refund:
    return get_object_or_404(selectors.refunds(site), pk=pk)
