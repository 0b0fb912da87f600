"""Many payers of one bill at once, a credit note during a payment, and debts of who moved out."""

from datetime import timedelta
from functools import partial

import pytest

from billing.models import Bill, Payment
from billing.outstanding import amount_due, credit_balance, owed_by
from billing.services import CorrectedLine, Rebilled, credit_bill, rebill, record_cash
from core.models import Site
from people.periods import today
from people.services import move_out
from tests.at_once import at_once
from tests.billing.books import standing
from tests.billing.club_fees import bill_of, charges_of, club_charge, register
from tests.billing.club_fees import pay as receive
from tests.factories import OccupancyFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(transactional_db: None) -> Site:
    register()
    return SiteFactory()


def test_of_fifty_who_pay_one_bill_at_once_one_pays(site: Site) -> None:
    (charge,) = charges_of(bill_of(site, club_charge("a", 100)))
    guard = UserFactory()
    results = at_once(*[partial(record_cash, charge, guard)] * 50)
    assert sum(isinstance(each, Payment) for each in results) == 1
    assert standing(site) == {"cash": 100, "club_fees": -100}


def test_a_credit_note_during_a_payment_leaves_no_money_without_an_owner(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    (charge,) = charges_of(bill)
    at_once(
        partial(record_cash, charge, UserFactory()),
        partial(credit_bill, bill, UserFactory(), reason="wrong area"),
    )
    books = standing(site)
    assert not amount_due(bill)
    assert books.get("receivable", 0) == 0
    assert books.get("club_fees", 0) == 0
    # Paid first: the money is due for refund. Credited first: it was never taken.
    assert books.get("cash", 0) == -books.get("refunds_due", 0)


def test_of_two_who_correct_one_bill_at_once_one_does(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    corrected = {bill.lines.get().pk: CorrectedLine(60, [{"kind": "fixed", "amount": 60}])}
    correct = partial(rebill, bill, reason="wrong area", due_on=bill.due_on, corrected=corrected)
    results = at_once(partial(correct, UserFactory()), partial(correct, UserFactory()))
    assert sum(isinstance(each, Rebilled) for each in results) == 1
    assert (bill.credit_notes.count(), Bill.objects.count()) == (1, 2)
    assert standing(site) == {"receivable": 60, "club_fees": -60}


def test_who_moves_out_keeps_the_debts_and_the_next_one_has_none(site: Site) -> None:
    leaving = OccupancyFactory(person__site=site)
    payer = ("person", str(leaving.person_id))
    bill = bill_of(site, club_charge("a", 100), payer=payer)
    move_out(leaving, UserFactory(), on=today(site) + timedelta(days=1))
    coming = OccupancyFactory(person__site=site, unit=leaving.unit)
    assert [each.money.minor for each in owed_by(site, payer)] == [100]
    assert owed_by(site, ("person", str(coming.person_id))) == []
    receive(site, 130, *charges_of(bill), payer=payer)
    assert owed_by(site, payer) == []
    assert credit_balance(site, payer).minor == 30
