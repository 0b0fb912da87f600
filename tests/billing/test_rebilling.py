"""A bill that was wrong: credited in full, and billed again at what it should have been."""

from datetime import date
from decimal import Decimal

import pytest

from billing.bill_accounts import payments_of
from billing.models import Bill, BillingSettings
from billing.outstanding import amount_due, bills, credit_balance, owed_by
from billing.services import (
    CorrectedLine,
    Vat,
    credit_bill,
    rebill,
    reverse_write_off,
    write_off_bill,
)
from core.errors import Rejection
from core.models import Site
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory
from tests.rejections import rejected

DUE = date(2026, 12, 31)


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


def correct(bill: Bill, *amounts: int, vat: int = 0) -> Bill | None:
    """Bill it again, with these amounts of its lines."""
    corrected = {
        line.pk: CorrectedLine(amount, [{"kind": "fixed", "amount": amount}], Vat(Decimal(6), vat))
        for line, amount in zip(bill.lines.order_by("position"), amounts, strict=False)
    }
    return rebill(bill, UserFactory(), corrected, reason="area was measured again", due_on=DUE).bill


def test_the_new_bill_has_the_corrected_amounts(site: Site) -> None:
    old = bill_of(site, club_charge("a", 10600, 600), club_charge("b", 50))
    new = correct(old, 5300, vat=300)
    assert new is not None
    assert (new.total, new.vat_total) == (5350, 300)
    assert new.snapshot["replaces"] == old.number
    assert standing(site) == {"receivable": 5350, "club_fees": -5050, "vat_payable": -300}
    assert (amount_due(old).minor, amount_due(new).minor) == (0, 5350)
    states = dict(bills(site).values_list("pk", "state"))
    assert states == {old.pk: "credited", new.pk: "issued"}
    check_constraints()


def test_money_that_was_paid_pays_the_new_bill(site: Site) -> None:
    old = bill_of(site, club_charge("a", 1000))
    pay(site, 1000, *charges_of(old))
    new = correct(old, 1200)
    assert new is not None
    assert amount_due(new).minor == 200
    assert bills(site).get(pk=new.pk).state == "part_paid"
    assert [each.paid for each in bills(site).order_by("pk")] == [0, 1000]
    assert payments_of(old) == []
    assert [amount for _payment, amount in payments_of(new)] == [1000]


def test_money_beyond_the_new_amount_stays_the_payers_credit(site: Site) -> None:
    old = bill_of(site, club_charge("a", 1000))
    pay(site, 1000, *charges_of(old))
    new = correct(old, 700)
    assert new is not None
    assert amount_due(new).minor == 0
    assert credit_balance(site, PAYER).minor == 300
    check_constraints()


def test_a_corrected_bill_of_zero_needs_no_new_one(site: Site) -> None:
    old = bill_of(site, club_charge("a", 1000))
    assert correct(old, 0) is None
    assert standing(site) == {}


def test_a_bill_is_corrected_more_than_once_by_its_newest(site: Site) -> None:
    first = bill_of(site, club_charge("a", 1000))
    second = correct(first, 1200)
    assert second is not None
    third = correct(second, 900)
    assert third is not None
    assert [amount_due(each).minor for each in (first, second, third)] == [0, 0, 900]


def test_a_credited_bill_and_an_amount_below_zero_are_rejected(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 1000))
    with pytest.raises(Rejection, match="below zero"):
        correct(bill, -1)
    credit_bill(bill, UserFactory(), reason="wrong area")
    with pytest.raises(Rejection, match="credit note already"):
        correct(bill, 1)


def test_a_part_that_is_paid_of_the_new_bill_is_not_asked_for_again(site: Site) -> None:
    old = bill_of(site, club_charge("a", 1000))
    new = correct(old, 1200)
    assert new is not None
    pay(site, 500, *charges_of(new))
    assert amount_due(new).minor == bills(site).get(pk=new.pk).owed == 700
    assert [each.money.minor for each in owed_by(site, PAYER)] == [700]
    check_constraints()


def test_a_bill_that_is_written_off_in_part_is_corrected_after_the_reversal(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 1000))
    BillingSettings.objects.create(site=site, waiver_limit=1000)
    pay(site, 400, *charges_of(bill))
    request = write_off_bill(bill, UserFactory(), reason="moved abroad")
    assert rejected(correct, bill, 900) == ("bill", "written_off")
    reverse_write_off(request, UserFactory(), reason="paid after all")
    again = correct(bill, 900)
    assert again is not None
    assert amount_due(again).minor == 500
    check_constraints()
