"""Random histories of bills, payments, credit, refunds and deposits, beside an independent sum."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import reports
from billing.balances import balances
from billing.ledger import Party
from billing.models import (
    Allocation,
    Bill,
    BillingSettings,
    Charge,
    Deposit,
    LedgerEntry,
    LedgerLine,
    Payment,
)
from billing.services import (
    apply_credit,
    approve_refund,
    credit_bill,
    request_credit_refund,
    require_deposit,
    settle_deposit,
)
from core.errors import Rejection
from core.models import Site, User
from tests.billing.club_fees import bill_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
PAYERS: list[Party] = [("person", "41"), ("company", "42")]
ALWAYS = (date(2000, 1, 1), date(2100, 1, 1))
in_transaction = settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Books:
    """A site whose payers' balances are counted by hand: what they owe less what they paid."""

    def __init__(self, site: Site, clerk: User) -> None:
        self.site, self.clerk, self.number = site, clerk, 0
        self.owed: Counter[Party] = Counter()

    def bill(self, payer: Party, amount: int) -> None:
        """A bill of two charges, one of them with VAT."""
        self.number += 1
        first = club_charge(f"{self.number}", amount, amount * 6 // 106)
        bill_of(self.site, first, club_charge(f"{self.number}b", 7), payer=payer)
        self.owed[payer] += amount + 7

    def pay(self, payer: Party, amount: int) -> None:
        """A payment for the oldest open charge, or on account where there is none."""
        charges = list(self._open_charges(payer)[:1])
        pay(self.site, amount, *charges, payer=payer)
        self.owed[payer] -= amount

    def pay_on_account(self, payer: Party, amount: int) -> None:
        pay(self.site, amount, payer=payer)
        self.owed[payer] -= amount

    def use_credit(self, payer: Party, _amount: int) -> None:
        apply_credit(self.site, payer)

    def credit_part(self, payer: Party, amount: int) -> None:
        """A credit note over a part of the first line of the latest bill."""
        bill = self._latest_bill(payer)
        line = bill.lines.order_by("position").first() if bill else None
        if bill and line:
            note = credit_bill(bill, self.clerk, reason="wrong area", amounts={line.pk: amount})
            self.owed[payer] -= note.amount

    def credit_whole(self, payer: Party, _amount: int) -> None:
        bill = self._latest_bill(payer)
        if bill:
            self.owed[payer] -= credit_bill(bill, self.clerk, reason="wrong area").amount

    def refund(self, payer: Party, amount: int) -> None:
        """Credit is paid back in cash."""
        refunds = request_credit_refund(
            self.site, payer, self.clerk, amount=amount, reason="moved out"
        )
        for each in refunds:
            approve_refund(each, self.clerk)
        self.owed[payer] += amount

    def deposit(self, payer: Party, amount: int) -> None:
        require_deposit(self.site, payer, amount, purpose="keys")
        self.owed[payer] += amount

    def settle(self, payer: Party, amount: int) -> None:
        """The oldest deposit is given back, less a part that is kept."""
        deposits = Deposit.objects.filter(site=self.site, payer_id=payer[1], settlement=None)
        deposit = deposits.order_by("pk").first()
        if deposit:
            settle_deposit(deposit, self.clerk, kept=amount, reason="a key is missing")
            self.owed[payer] -= deposit.amount - amount

    def _open_charges(self, payer: Party) -> Any:
        return Charge.objects.filter(
            site=self.site, payer_id=payer[1], state="open", revision=0
        ).order_by("pk")

    def _latest_bill(self, payer: Party) -> Bill | None:
        return Bill.objects.filter(site=self.site, payer_id=payer[1]).order_by("-pk").first()


STEPS = [
    Books.bill,
    Books.bill,
    Books.pay,
    Books.pay_on_account,
    Books.use_credit,
    Books.credit_part,
    Books.credit_whole,
    Books.refund,
    Books.deposit,
    Books.settle,
]
steps = st.lists(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(PAYERS), st.integers(1, 500)),
    min_size=1,
    max_size=9,
)


@pytest.fixture
def site() -> Site:
    register()
    site = SiteFactory()
    BillingSettings.objects.create(site=site, refund_limit=10**9, allows_part_payment=True)
    return site


@pytest.fixture
def clerk() -> User:
    return UserFactory()


@in_transaction
@given(steps)
def test_the_ledger_agrees_with_an_independent_sum(
    site: Site, clerk: User, history: list[tuple[Any, Party, int]]
) -> None:
    with transaction.atomic():
        books = Books(site, clerk)
        for step, payer, amount in history:
            try:
                with transaction.atomic():
                    step(books, payer, amount)
            except Rejection:
                continue
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _check_books(site)
        for payer in PAYERS:
            _check_payer(site, payer, books.owed[payer])
        transaction.set_rollback(True)


def _check_books(site: Site) -> None:
    lines = LedgerLine.objects.filter(account__site=site)
    sums = dict(lines.values_list("account__code").annotate(Sum("amount")))
    standing = {each.account: each.money.minor for each in balances(site)}
    assert {code: int(amount) for code, amount in sums.items() if amount} == standing
    assert sum(standing.values()) == 0
    totals = reports.trial_balance(site, ALWAYS[1]).totals
    assert all(row[3] == row[4] for row in totals)
    assert sum(row[-1].minor for row in reports.ageing(site, ALWAYS[1]).totals) == standing.get(
        "receivable", 0
    )
    assert LedgerEntry.objects.filter(site=site, lines=None).count() == 0


def _check_payer(site: Site, payer: Party, owed: int) -> None:
    (found,) = reports.statement(site, [payer], *ALWAYS)
    moved = sum(each.money.minor for each in found.movements)
    assert found.closing.minor == moved == owed
    lines = LedgerLine.objects.filter(
        account__site=site, party_type=payer[0], party_id=payer[1]
    ).values_list("account__code")
    sums = {code: int(amount) for code, amount in lines.annotate(Sum("amount"))}
    charges = Charge.objects.filter(site=site, payer_id=payer[1], state__in=Charge.POSTED)
    allocated = Allocation.objects.filter(charge__in=charges)
    assert sums.get("receivable", 0) == _sum(charges) - _sum(allocated)
    payments = Payment.objects.filter(site=site, payer_id=payer[1])
    credit = Allocation.objects.filter(payment__in=payments, charge=None)
    assert -sums.get("credit", 0) == _sum(credit)
    assert found.deposits.minor == -sums.get("deposits", 0)


def _sum(rows: Any) -> int:
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)
