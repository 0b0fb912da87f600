"""Reads for the desk: a payer's payments, voids that wait, bills by what is printed on them."""

from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from billing.bank.suggestions import RECORDED_METHODS
from billing.ledger import Party
from billing.models import Account, Bill, Drawer, LedgerLine, Payment, PaymentVoid
from billing.payment_references import references_in
from core import clock
from core.models import Site


def payments_of(site: Site, payer: Party) -> QuerySet[Any]:
    """Return the payments of a payer, latest first, each with ``can_void``."""
    rows = Payment.objects.filter(site=site, payer_type=payer[0], payer_id=payer[1])
    rows = rows.exclude(receipt_no=None).select_related("offline_detail", "cheque_return", "site")
    return with_can_void(rows, site).order_by("-paid_at", "-pk")


def with_can_void(rows: QuerySet[Payment], site: Site) -> QuerySet[Any]:
    """Add to payments of a site whether they can be voided.

    That is cash in a drawer that is still open, and what was recorded at the desk today by another
    method and is matched with no line of a bank statement.
    """
    is_open = Drawer.objects.filter(public_id=OuterRef("party_id"), closed_at=None)
    lines = LedgerLine.objects.filter(
        Exists(is_open),
        account__code=Account.Code.CASH,
        account__site=OuterRef("site"),
        party_type="drawer",
        amount__gt=0,
        entry__reference=Concat(Value("payment:"), OuterRef("public_id")),
    )
    today = clock.midnight(clock.local(clock.now(), site.timezone).date(), site.timezone)
    recorded = Q(method__in=RECORDED_METHODS, paid_at__gte=today, bank_line=None)
    is_voidable = Q(Exists(lines)) | recorded
    return rows.annotate(
        can_void=Case(When(is_voidable, state=Payment.State.PAID, then=True), default=False)
    )


def can_void(payment: Payment) -> bool:
    """Return whether the payment can be voided, as `with_can_void` does."""
    rows = with_can_void(Payment.objects.filter(pk=payment.pk), payment.site)
    return bool(rows.values_list("can_void", flat=True).get())


def voids_to_approve(site: Site) -> QuerySet[PaymentVoid]:
    """Return the voids that wait for a second person, oldest first."""
    rows = PaymentVoid.objects.filter(payment__site=site, state=PaymentVoid.State.REQUESTED)
    return rows.select_related("payment__site", "requested_by").order_by("pk")


def bills_with(site: Site, text: str) -> QuerySet[Bill]:
    """Return the bills of a number or a payment reference, newest first."""
    named = Q(number__iexact=text.strip()) | Q(payment_reference__in=references_in(text))
    return Bill.objects.filter(named, site=site).order_by("-pk")
