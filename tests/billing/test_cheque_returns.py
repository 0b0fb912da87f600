"""Cheques that the bank returns: owed again, void, and known to the bank's statement."""

from datetime import date, timedelta
from typing import Any

import pytest

from billing.bank.suggestions import Reason, suggestion_for
from billing.models import BankAccount, BankLine, Charge, ChequeReturn, Payment
from billing.outstanding import owed_by
from billing.selectors import receipt
from billing.services import (
    Received,
    clear_account,
    confirm_suggestion,
    match_with_recorded,
    request_credit_refund,
    return_cheque,
    take_payment,
    undo_match,
)
from core import clock
from core.errors import Rejection
from core.models import AuditEntry, Site, User
from tests.billing.bank.lines import a_line
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, register
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


@pytest.fixture
def actor(db: None) -> User:
    return UserFactory()


@pytest.fixture
def account(site: Site) -> BankAccount:
    return BankAccount.objects.create(site=site, name="Main")


@pytest.fixture
def cheque(site: Site, actor: User) -> Payment:
    """A cheque over 100.00 for a bill of 80.00."""
    charges = charges_of(bill_of(site, club_charge("c", 8_000)))
    received = Received("cheque", 10_000, "cheque 4711")
    return take_payment(site, actor, PAYER, received, charges)


def today(site: Site) -> date:
    return clock.local(clock.now(), site.timezone).date()


def returned(cheque: Payment, actor: User, **values: Any) -> ChequeReturn:
    given = {"reason": "insufficient funds", "returned_on": today(cheque.site), **values}
    return return_cheque(cheque, actor, **given)


def test_the_charge_is_owed_again_and_the_receipt_is_void(
    site: Site, actor: User, cheque: Payment
) -> None:
    returned(cheque, actor)
    cheque.refresh_from_db()
    assert (cheque.state, receipt(cheque).is_void) == ("void", True)
    assert [each.money.minor for each in owed_by(site, PAYER)] == [8_000]
    assert standing(site) == {"receivable": 8_000, "club_fees": -8_000}
    entry = AuditEntry.objects.get(action="return cheque")
    assert entry.detail["reason"] == "insufficient funds"
    check_constraints()


def test_the_payer_can_be_charged_for_the_fee_of_the_bank(
    site: Site, actor: User, cheque: Payment
) -> None:
    returned(cheque, actor, fee=1_500)
    fee = Charge.objects.get(source_type="cheque_return")
    assert (fee.amount, (fee.payer_type, fee.payer_id)) == (1_500, PAYER)
    assert standing(site)["returned_cheques"] == -1_500
    assert sorted(each.money.minor for each in owed_by(site, PAYER)) == [1_500, 8_000]


def test_the_line_that_takes_a_credited_cheque_back_is_that_entry(
    site: Site, actor: User, account: BankAccount, cheque: Payment
) -> None:
    match_with_recorded(a_line(account, actor, "100.00"), actor, cheque)
    returned(cheque, actor)
    assert standing(site) == {"receivable": 8_000, "club_fees": -8_000}
    line = a_line(account, actor, "-100.00")
    found = suggestion_for(line)
    assert found is not None
    assert found.reason == Reason.BOOKED
    confirm_suggestion(line, actor, found)
    assert {each.state for each in BankLine.objects.all()} == {"matched"}
    assert standing(site) == {"receivable": 8_000, "club_fees": -8_000}
    check_constraints()


def test_the_match_of_a_returned_cheque_is_not_undone(
    actor: User, account: BankAccount, cheque: Payment
) -> None:
    line = a_line(account, actor, "100.00")
    match_with_recorded(line, actor, cheque)
    returned(cheque, actor)
    with pytest.raises(Rejection, match="is void"):
        undo_match(line, actor)


def test_a_cheque_that_was_credited_in_a_sum_leaves_the_bank(
    site: Site, actor: User, account: BankAccount, cheque: Payment
) -> None:
    clear_account(a_line(account, actor, "100.00"), actor, "cheques")
    with pytest.raises(Rejection, match="fewer are in hand"):
        returned(cheque, actor)
    returned(cheque, actor, was_credited=True)
    assert standing(site) == {"receivable": 8_000, "club_fees": -8_000}


def test_a_cheque_is_returned_once(actor: User, cheque: Payment) -> None:
    returned(cheque, actor)
    with pytest.raises(Rejection, match="no cheque that counts as paid"):
        returned(cheque, actor)


def test_a_card_payment_is_no_cheque(site: Site, actor: User) -> None:
    payment = take_payment(site, actor, PAYER, Received("pos", 100, "slip 1"))
    with pytest.raises(Rejection, match="no cheque"):
        returned(payment, actor)


def test_a_cheque_of_which_money_was_refunded_is_not_returned(
    site: Site, actor: User, cheque: Payment
) -> None:
    request_credit_refund(site, PAYER, actor, amount=500, reason="moved out")
    with pytest.raises(Rejection, match="a refund of this payment exists"):
        returned(cheque, actor)


@pytest.mark.parametrize("days", [-1, 1])
def test_the_day_of_the_return_is_between_the_receipt_and_today(
    site: Site, actor: User, cheque: Payment, days: int
) -> None:
    with pytest.raises(Rejection, match="before the cheque was received"):
        returned(cheque, actor, returned_on=today(site) + timedelta(days=days))


def test_a_return_needs_the_reason_of_the_bank(actor: User, cheque: Payment) -> None:
    with pytest.raises(Rejection, match="reason"):
        returned(cheque, actor, reason=" ")
