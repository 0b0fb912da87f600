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
    LedgerEntry,
    LedgerLine,
    Payment,
    PaymentItem,
    ProviderEvent,
)
from billing.ports import Checkout, CheckoutStatus
from billing.selectors import Cause, owed_back, received
from billing.services import (
    adjust_charge,
    cancel_charge,
    draft_charge,
    open_charge,
    process_event,
    record_cash,
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
        self.events: list[tuple[str, Checkout]] = []

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
        """A checkout is begun and ends as the amount decides; its event waits for delivery."""
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

    def deliver(self, _number: str, amount: int) -> None:
        """Deliver any event of any checkout, perhaps once more."""
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
    for name in ("price", "open", "cancel", "reopen", "cash", "checkout", "deliver")
}
steps = st.lists(
    st.tuples(
        st.sampled_from([*STEPS, "deliver", "cash"]), st.sampled_from(CAUSES), st.integers(1, 60)
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
    assert books.get("refunds_due", 0) == -(paid - applied - held)
    doubtful = -books.get("suspense", 0)
    assert books.get("cash", 0) + books.get("stripe", 0) == paid + doubtful
    owed = sum(each.money.minor for site in Site.objects.all() for each in owed_back(site))
    assert owed == -books.get("refunds_due", 0)
    counted = sum(each.amount for number in CAUSES for each in received(Cause("fine", number)))
    assert counted == applied + held


def _check_receipts(site: Site) -> None:
    numbers = Payment.objects.filter(site=site, state="paid").values_list("receipt_no", flat=True)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def _sum(rows: Any) -> int:
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def snapshot() -> list[list[tuple[Any, ...]]]:
    """Return every row of the money's tables."""
    models = (Charge, Payment, Allocation, LedgerEntry, LedgerLine)
    return [list(model.objects.order_by("pk").values_list()) for model in models]
