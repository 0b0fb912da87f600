"""Payments of overdue fees, for tests of late fees."""

from datetime import datetime
from itertools import count

import pytest

from billing import ports
from billing.ledger import Party
from billing.models import Allocation, BillingSettings, Charge, Payment
from billing.ports import Checkout, CheckoutRequest, CheckoutStatus
from billing.services import Received, settle, take_payment
from core import clock
from core.models import Site
from tests.gate import staff

_numbers = count()


def receive(place: Site, payer: Party, amount: int | None, *charges: Charge) -> Payment:
    """Take a card payment at the desk."""
    received = Received("pos", amount, f"slip {next(_numbers)}")
    return take_payment(place, staff("cashier"), payer, received, charges)


def allocated(payment: Payment) -> list[tuple[str, int]]:
    """What of a payment counts towards which kind of charge, in the order of allocation."""
    rows = Allocation.objects.filter(payment=payment, charge__isnull=False).order_by("pk")
    return list(rows.values_list("charge__source_type", "amount"))


class Till:
    """A provider whose checkouts a test pays."""

    def begin(self, request: CheckoutRequest) -> Checkout:
        self.asked = request
        return self._report(CheckoutStatus.OPEN, None)

    def pay(self) -> None:
        """Report that the payer has paid now."""
        settle("stripe", self._report(CheckoutStatus.PAID, clock.now()))

    def _report(self, status: CheckoutStatus, paid_at: datetime | None) -> Checkout:
        asked = self.asked
        url = "https://pay.example/"
        return Checkout("cs_1", asked.payment, asked.site, status, asked.money, url, paid_at)


@pytest.fixture
def statutory(site) -> None:
    """The site settles late fees before fees, and accepts part payments."""
    BillingSettings.objects.create(
        site=site, penalty_order="penalty_first", allows_part_payment=True
    )


@pytest.fixture
def part_payments(site) -> None:
    """The site settles fees first, and accepts part payments."""
    BillingSettings.objects.create(site=site, allows_part_payment=True)


@pytest.fixture
def till(monkeypatch) -> Till:
    found = Till()
    monkeypatch.setitem(ports.PROVIDERS, "stripe", found)
    return found
