"""Random histories of charges and payments: the books, the charges and the receipts agree."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import ports
from billing.models import (
    Allocation,
    Charge,
    Dispute,
    LedgerEntry,
    LedgerLine,
    Payment,
    PaymentItem,
    ProviderEvent,
    Refund,
)
from billing.ports import (
    Checkout,
    CheckoutStatus,
    DisputeStatus,
    ProviderDispute,
    ProviderRefund,
    RefundStatus,
    Report,
)
from billing.selectors import Cause, in_doubt, owed_back, received, refunds_due_of
from billing.services import (
    adjust_charge,
    approve_refund,
    cancel_charge,
    cancel_refund,
    draft_charge,
    open_charge,
    process_event,
    record_cash,
    request_refund,
)
from core import clock
from core.errors import Rejection
from core.models import Site
from core.money import Money
from tests.billing.books import standing
from tests.billing.fines import Fines
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
CAUSES = ("7", "8")
Posted = Charge.POSTED


class History:
    """Two fines of one site, and the provider's events of their checkouts."""

    def __init__(self, site: Site, fines: Fines, guard: Any) -> None:
        self.site, self.fines, self.guard = site, fines, guard
        self.events: list[tuple[str, Report]] = []

    def draft(self, number: str) -> Charge:
        return draft_charge(self.site, Cause("fine", number), "CNY")

    def latest(self, number: str) -> Charge:
        found = Charge.objects.filter(source_id=number).order_by("-revision").first()
        return found or self.draft(number)

    def price(self, number: str, amount: int) -> None:
        """The fine costs another amount from now on; a posted charge is adjusted."""
        self.fines.prices[number] = amount
        if self.latest(number).state != Charge.State.DRAFT:
            adjust_charge(self.site, Cause("fine", number), "CNY", amount, lines=[])

    def open(self, number: str, _amount: int) -> None:
        open_charge(self.latest(number), self.fines.prices[number], lines=[])

    def cancel(self, number: str, _amount: int) -> None:
        self.fines.prices[number] = 0
        cancel_charge(self.draft(number))

    def reopen(self, number: str, _amount: int) -> None:
        self.draft(number)

    def cash(self, number: str, amount: int) -> None:
        record_cash(self.latest(number), self.guard, amount)

    def checkout(self, number: str, amount: int) -> None:
        """A checkout is begun; it is paid at once, or its events wait for delivery."""
        Payment.objects.filter(state__in=Payment.UNDER_WAY).update(state="expired")
        payment = Payment.objects.create(
            site=self.site,
            provider="stripe",
            amount=amount,
            currency="CNY",
            created_at=clock.now(),
        )
        PaymentItem.objects.create(payment=payment, charge=self.latest(number), amount=amount)
        for status in (CheckoutStatus.PAID, CheckoutStatus.EXPIRED, CheckoutStatus.PROCESSING):
            money = Money(amount + (amount % 10 == 9), "CNY")
            checkout = Checkout(
                f"cs_{payment.pk}", payment.public_id, "", status, money, paid_at=clock.now()
            )
            self.events.append((f"evt_{payment.pk}_{status}", checkout))
        if amount % 3:
            process_event("stripe", *self._event(-3))

    def request(self, _number: str, amount: int) -> None:
        """Somebody requests a refund of a part of what is due; at times it is approved at once."""
        payments = Payment.objects.filter(state="paid").order_by("pk")
        if payments:
            payment = payments[amount % len(payments)]
            part = max(1, refunds_due_of(payment) * (amount % 4) // 3)
            refund = request_refund(payment, self.guard, amount=part, reason="paid twice")
            if amount % 2:
                approve_refund(refund, self.guard)

    def approve(self, _number: str, amount: int) -> None:
        refund = Refund.objects.filter(state="requested").order_by("pk").first()
        if refund is not None:
            change = cancel_refund if amount % 4 == 0 else approve_refund
            change(refund, self.guard)

    def refund(self, _number: str, amount: int) -> None:
        """The provider reports the course of a refund, of our own or made there."""
        own = Refund.objects.filter(payment__provider="stripe", provider_ref=None).first()
        payment = own.payment if own else self._card_payment(amount)
        left = self._left_at_provider(payment) if payment else 0
        if payment is None or (own is None and not left):
            return
        money = Money(own.amount if own else min(left, 1 + amount % 20), "CNY")
        name = f"re_{len(self.events)}"
        fails = amount % 3 == 0
        for status in (RefundStatus.PENDING, RefundStatus.FAILED if fails else "succeeded"):
            report = ProviderRefund(
                name, own.public_id if own else "", payment.public_id, RefundStatus(status), money
            )
            self.events.append((f"evt_{name}_{status}", report))
            if not fails or amount % 2:
                process_event("stripe", f"evt_{name}_{status}", "refund", report)

    def dispute(self, _number: str, amount: int) -> None:
        """The payer disputes what is left of a payment; the bank decides."""
        payment = self._card_payment(amount)
        left = self._left_at_provider(payment) if payment else 0
        if payment is None or not left:
            return
        name = f"du_{len(self.events)}"
        outcome = DisputeStatus.WON if amount % 2 else DisputeStatus.LOST
        for status in (DisputeStatus.OPEN, outcome):
            report = ProviderDispute(name, payment.public_id, status, Money(left, "CNY"))
            self.events.append((f"evt_{name}_{status}", report))
        process_event("stripe", *self._event(-2 if amount % 3 else -1))

    def _event(self, index: int) -> tuple[str, str, Report]:
        name, report = self.events[index]
        return name, "reported", report

    def _card_payment(self, amount: int) -> Payment | None:
        found = Payment.objects.filter(provider="stripe", state="paid").order_by("pk")
        return found[amount % len(found)] if found else None

    def _left_at_provider(self, payment: Payment) -> int:
        """What the provider could still pay back, were each refund and dispute to go through."""
        asked = _sum(payment.refunds.exclude(state__in=Refund.VOID))
        named = {r.reference: r.money.minor for _name, r in self.events if self._is_of(r, payment)}
        booked = set(payment.refunds.values_list("provider_ref", flat=True))
        waiting = sum(amount for name, amount in named.items() if name not in booked)
        return max(0, payment.amount - asked - waiting)

    @staticmethod
    def _is_of(report: Report, payment: Payment) -> bool:
        return not isinstance(report, Checkout) and report.payment == payment.public_id

    def deliver(self, _number: str, amount: int) -> None:
        """Deliver any event of any checkout, refund or dispute, perhaps once more."""
        if self.events:
            name, checkout = self.events[amount % len(self.events)]
            process_event("stripe", name, "checkout", checkout)

    def replay_all(self) -> None:
        """Deliver every event that was processed before once more."""
        known = set(ProviderEvent.objects.values_list("event_id", flat=True))
        for name, checkout in self.events:
            if name in known:
                assert not process_event("stripe", name, "checkout", checkout)


STEPS: dict[str, Callable[[History, str, int], None]] = {
    name: getattr(History, name)
    for name in (
        *("price", "open", "cancel", "reopen", "cash", "checkout", "deliver"),
        *("request", "approve", "refund", "dispute"),
    )
}
steps = st.lists(
    st.tuples(
        st.sampled_from([*STEPS, "deliver", "cash", "checkout", "checkout", "request", "refund"]),
        st.sampled_from(CAUSES),
        st.integers(1, 60),
    ),
    min_size=5,
    max_size=16,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_ledger_charges_and_receipts_agree_after_any_history(
    history: History, told: list[tuple[str, str, int]]
) -> None:
    with transaction.atomic():
        history.events.clear()
        history.fines.prices.clear()
        for name, number, amount in told:
            try:
                STEPS[name](history, number, amount)
            except Rejection:
                continue
            check(history.site)
        before = snapshot()
        history.replay_all()
        assert snapshot() == before
        transaction.set_rollback(True)


@pytest.fixture
def history(no_stripe: None) -> History:
    fines = Fines()
    ports.register_source(fines)
    return History(SiteFactory(), fines, UserFactory())


def check(site: Site) -> None:
    """Check every invariant of the money of the site."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    _check_entries()
    _check_bounds()
    _check_accounts(standing(site))
    _check_receipts(site)


def _check_entries() -> None:
    for entry in LedgerEntry.objects.annotate(sum=Sum("lines__amount")):
        assert entry.sum == 0


def _check_bounds() -> None:
    for payment in Payment.objects.annotate(sum=Sum("allocations__amount")):
        assert 0 <= (payment.sum or 0) <= payment.amount
    for charge in Charge.objects.annotate(sum=Sum("allocations__amount")):
        allocated = charge.sum or 0
        assert min(0, charge.amount) <= allocated <= max(0, charge.amount)


def _check_accounts(books: dict[str, int]) -> None:
    """Every account equals what the charges, payments and allocations add up to."""
    posted = Charge.objects.filter(state__in=Posted)
    charged = _sum(posted)
    applied = _sum(Allocation.objects.filter(charge__in=posted))
    held = _sum(Allocation.objects.exclude(charge__in=posted))
    paid = _sum(Payment.objects.filter(state="paid"))
    assert books.get("fines", 0) == -charged
    assert books.get("receivable", 0) == charged - applied
    assert books.get("credit", 0) == -held
    doubtful = sum(each.amount + 1 for site in Site.objects.all() for each in in_doubt(site))
    back = _sum(Refund.objects.exclude(state__in=(*Refund.VOID, *Refund.NOT_POSTED)))
    back += _sum(Dispute.objects.exclude(state="won"))
    assert books.get("cash", 0) + books.get("stripe", 0) == paid + doubtful - back
    unused = paid + doubtful - applied - held - back
    assert books.get("refunds_due", 0) + books.get("suspense", 0) == -unused
    _check_refunds()
    owed = sum(each.money.minor for site in Site.objects.all() for each in owed_back(site))
    assert owed == -books.get("refunds_due", 0)
    counted = sum(each.amount for number in CAUSES for each in received(Cause("fine", number)))
    assert counted == applied + held


def _check_refunds() -> None:
    """No more is requested than is due, and what was paid back already is due no longer."""
    for payment in Payment.objects.filter(state="paid"):
        due = refunds_due_of(payment)
        asked = _sum(payment.refunds.filter(state__in=("requested", "approved")))
        assert 0 <= asked <= due <= payment.amount
        explained = payment.refunds.exclude(state__in=(*Refund.VOID, *Refund.NOT_POSTED))
        assert _sum(explained) + _sum(payment.disputes.filter(state="lost")) + due <= payment.amount


def _check_receipts(site: Site) -> None:
    numbers = Payment.objects.filter(site=site, state="paid").values_list("receipt_no", flat=True)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def _sum(rows: Any) -> int:
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def snapshot() -> list[list[tuple[Any, ...]]]:
    """Return every row of the money's tables."""
    models = (Charge, Payment, Allocation, Refund, Dispute, LedgerEntry, LedgerLine)
    return [list(model.objects.order_by("pk").values_list()) for model in models]
