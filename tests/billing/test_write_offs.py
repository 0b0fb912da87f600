"""Write-offs: what won't be paid is an expense, with a second person above the site's limit."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.accounts import unbilled_charges
from billing.models import BillingSettings, Charge, WriteOff
from billing.outstanding import amount_due, bill_or_404, owed_of_bill
from billing.payers import party_of_holder
from billing.services import (
    approve_write_off,
    bill_charges,
    cancel_write_off,
    credit_bill,
    require_deposit,
    reverse_write_off,
    undo_bills,
    write_off,
    write_off_bill,
)
from core.errors import Rejection
from core.models import Site, User
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import PersonFactory, SiteFactory, UserFactory

REASON = "bankrupt"


@pytest.fixture
def site(db: None) -> Site:
    register()
    site = SiteFactory()
    BillingSettings.objects.create(site=site, waiver_limit=100)
    return site


@pytest.fixture
def actor(db: None) -> User:
    return UserFactory()


def test_what_is_left_of_a_bill_becomes_an_expense_and_vat_stays_payable(
    site: Site, actor: User
) -> None:
    bill = bill_of(site, club_charge("a", 106, vat=6))
    pay(site, 50, *charges_of(bill))
    write_off_bill(bill, actor, reason=REASON)
    assert standing(site) == {
        "cash": 50,
        "club_fees": -100,
        "vat_payable": -6,
        "write_off": 56,
    }
    shown = bill_or_404(site, bill.public_id)
    assert (shown.state, shown.owed, shown.written_off) == ("written_off", 0, 56)
    assert not Charge.objects.filter(state="open").exists()
    check_constraints()


def test_above_the_limit_another_person_approves(site: Site, actor: User) -> None:
    bill = bill_of(site, club_charge("a", 101))
    request = write_off_bill(bill, actor, reason=REASON)
    assert (request.state, amount_due(bill).minor) == ("requested", 101)
    with pytest.raises(Rejection, match="yourself"):
        approve_write_off(request, actor)
    assert approve_write_off(request, UserFactory()).state == "done"
    assert not amount_due(bill)
    with pytest.raises(Rejection, match="decided already"):
        approve_write_off(request, UserFactory())


def test_a_request_that_was_cancelled_changes_no_charge(site: Site, actor: User) -> None:
    bill = bill_of(site, club_charge("a", 101))
    request = cancel_write_off(write_off_bill(bill, actor, reason=REASON), actor)
    assert (request.state, amount_due(bill).minor) == ("cancelled", 101)


def test_a_payment_between_request_and_approval_stops_the_write_off(
    site: Site, actor: User
) -> None:
    bill = bill_of(site, club_charge("a", 101))
    request = write_off_bill(bill, actor, reason=REASON)
    pay(site, 1, *charges_of(bill))
    with pytest.raises(Rejection, match="has changed"):
        approve_write_off(request, UserFactory())


def test_money_that_arrives_later_is_credit_or_pays_after_the_reversal(
    site: Site, actor: User
) -> None:
    bill = bill_of(site, club_charge("a", 100))
    request = write_off_bill(bill, actor, reason=REASON)
    pay(site, 30, *charges_of(bill))
    assert standing(site) == {"cash": 30, "club_fees": -100, "write_off": 100, "credit": -30}
    reverse_write_off(request, actor, reason="heirs pay")
    assert (amount_due(bill).minor, standing(site).get("write_off")) == (100, None)
    assert bill_or_404(site, bill.public_id).state == "issued"
    check_constraints()


def test_a_bill_whose_write_off_was_reversed_is_not_billed_again(site: Site, actor: User) -> None:
    payer = party_of_holder(PersonFactory(site=site))
    bill = bill_of(site, club_charge("a", 100), payer=payer)
    reverse_write_off(write_off_bill(bill, actor, reason=REASON), actor, reason="heirs pay")
    assert unbilled_charges(site, payer) == []
    (owed,) = owed_of_bill(bill)
    with pytest.raises(Rejection, match="on a bill already"):
        bill_charges(site, payer, [owed.charge], actor, due_on=bill.due_on)


def test_a_credit_note_after_a_write_off_takes_back_the_vat_of_its_part(
    site: Site, actor: User
) -> None:
    bill = bill_of(site, club_charge("a", 100, vat=20))
    pay(site, 50, *charges_of(bill))
    write_off_bill(bill, actor, reason=REASON)
    credit_bill(bill, actor, reason="wrong area")
    assert standing(site) == {
        "cash": 50,
        "club_fees": -40,
        "vat_payable": -10,
        "write_off": 50,
        "credit": -50,
    }


def test_a_bill_that_was_written_off_is_kept_when_its_run_is_undone(
    site: Site, actor: User
) -> None:
    bill, other = bill_of(site, club_charge("a", 100)), bill_of(site, club_charge("b", 100))
    write_off_bill(bill, actor, reason=REASON)
    undone = undo_bills(site, [bill, other], actor, reason="wrong price")
    assert (undone.kept, [note.bill for note in undone.notes]) == ([bill], [other])


def test_what_cannot_be_written_off_is_rejected(site: Site, actor: User) -> None:
    bill = bill_of(site, club_charge("a", 100))
    stranger = bill_of(site, club_charge("b", 100), payer=("company", "7"))
    deposit = require_deposit(site, PAYER, 100, purpose="renovation")
    held = Charge.objects.get(source_id=deposit.public_id)
    for charges, reason, message in (
        (charges_of(bill), " ", "reason is required"),
        ([*charges_of(bill), *charges_of(stranger)], REASON, "one known payer"),
        ([held], REASON, "a deposit"),
    ):
        with pytest.raises(Rejection, match=message):
            write_off(site, charges, actor, reason=reason)
    pay(site, 100, *charges_of(bill))
    with pytest.raises(Rejection, match="nothing is left"):
        write_off_bill(bill, actor, reason=REASON)
    assert not WriteOff.objects.exists()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amount=st.integers(1, 10_000),
    vat=st.integers(0, 100),
    paid=st.integers(0, 12_000),
    reverses=st.booleans(),
)
def test_the_books_agree_whatever_was_paid_before(
    site: Site, actor: User, amount: int, vat: int, paid: int, reverses: bool
) -> None:
    charged = vat * amount // 1000
    left = max(0, amount - paid)
    expense = 0 if reverses else left
    with transaction.atomic():
        BillingSettings.objects.update(waiver_limit=10_000)
        bill = bill_of(site, club_charge("a", amount, charged))
        if paid:
            pay(site, paid, *charges_of(bill))
        if left:
            request = write_off_bill(bill, actor, reason=REASON)
            assert not amount_due(bill)
            if reverses:
                reverse_write_off(request, actor, reason="paid after all")
        books = standing(site)
        check_constraints()
        transaction.set_rollback(True)
    assert books.get("write_off", 0) == expense
    assert books.get("receivable", 0) == left - expense
    assert books.get("credit", 0) == -max(0, paid - amount)
    assert books.get("vat_payable", 0) == -charged
