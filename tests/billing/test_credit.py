"""A payer's credit: what no charge needs, used for the next bills, paid back on request."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from billing.models import BillingSettings, LedgerLine, Payment
from billing.outstanding import amount_due, credit_balance
from billing.selectors import owed_back, receipt
from billing.services import apply_credit, approve_refund, request_credit_refund
from core.errors import Rejection
from core.models import Site
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


def test_money_that_no_charge_needs_is_the_payers_credit(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    pay(site, 150, *charges_of(bill))
    assert standing(site) == {"cash": 150, "club_fees": -100, "credit": -50}
    line = LedgerLine.objects.get(account__code="credit")
    assert (line.party_type, line.party_id, line.charge) == (*PAYER, None)
    assert credit_balance(site, PAYER).minor == 50
    assert owed_back(site) == []


def test_an_anonymous_payers_rest_is_due_for_refund(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    pay(site, 150, *charges_of(bill), payer=None)
    assert standing(site)["refunds_due"] == -50


def test_a_payment_on_account_has_a_receipt_and_pays_the_next_bill(site: Site) -> None:
    payment = pay(site, 300)
    found = receipt(payment)
    assert found is not None
    assert found.money.minor == 300
    bill = bill_of(site, club_charge("a", 100), club_charge("b", 50))
    assert not amount_due(bill)
    assert standing(site) == {"cash": 300, "club_fees": -150, "credit": -150}
    check_constraints()


def test_a_receipt_does_not_change_when_its_credit_is_used(site: Site) -> None:
    payment = pay(site, 300)
    before = receipt(payment)
    bill_of(site, club_charge("a", 100))
    assert receipt(payment) == before


def test_credit_is_not_used_where_the_site_does_not_want_it(site: Site) -> None:
    BillingSettings.objects.create(site=site, applies_credit=False)
    pay(site, 300)
    bill = bill_of(site, club_charge("a", 100))
    assert amount_due(bill).minor == 100
    assert apply_credit(site, PAYER) == 100
    assert not amount_due(bill)


def test_the_charge_that_is_due_first_is_paid_first(site: Site) -> None:
    late = bill_of(site, club_charge("late", 100), due=date(2026, 12, 20))
    early = bill_of(site, club_charge("early", 100), due=date(2026, 12, 1))
    pay(site, 130)
    apply_credit(site, PAYER)
    assert (amount_due(early).minor, amount_due(late).minor) == (0, 70)


@pytest.mark.parametrize(
    ("order", "left"), [("principal_first", (0, 30)), ("penalty_first", (30, 0))]
)
def test_the_site_decides_whether_late_fees_are_paid_first(
    site: Site, order: str, left: tuple[int, int]
) -> None:
    BillingSettings.objects.create(site=site, penalty_order=order)
    fee = bill_of(site, club_charge("a", 100), due=date(2026, 12, 20))
    penalty = bill_of(site, club_charge("a", 30, kind="club_penalty"), due=date(2026, 12, 1))
    pay(site, 100)
    apply_credit(site, PAYER)
    assert (amount_due(fee).minor, amount_due(penalty).minor) == left


def test_credit_is_paid_back_from_the_newest_payment_first(site: Site) -> None:
    old, new = pay(site, 100), pay(site, 40)
    refunds = request_credit_refund(site, PAYER, UserFactory(), amount=60, reason="moved out")
    assert [(each.payment, each.amount) for each in refunds] == [(new, 40), (old, 20)]
    for refund in refunds:
        approve_refund(refund, UserFactory())
    assert standing(site) == {"cash": 80, "credit": -80}


def test_more_than_the_credit_is_not_paid_back(site: Site) -> None:
    pay(site, 100)
    with pytest.raises(Rejection, match="at most"):
        request_credit_refund(site, PAYER, UserFactory(), amount=101, reason="moved out")


def test_the_database_refuses_credit_below_zero(site: Site) -> None:
    payment = pay(site, 100)
    with pytest.raises(IntegrityError):
        overdraw(payment)


def overdraw(payment: Payment) -> None:
    with transaction.atomic():
        payment.allocations.create(amount=-101, created_at=payment.created_at)
        check_constraints()
