"""Deposits: held on an account of their own, given back, or kept in part with a reason."""

from datetime import date
from typing import Any

import pytest

from billing.ledger import Party
from billing.models import Charge, Deposit, LedgerLine
from billing.outstanding import amount_due, bills, credit_balance
from billing.payers import party_of_holder
from billing.services import ask_for_deposit, require_deposit, settle_deposit
from billing.services.deposits import cause_of, held_of
from core import clock
from core.errors import Rejection
from core.models import Site
from tests.billing.books import standing
from tests.billing.club_fees import PAYER, pay
from tests.factories import PersonFactory, SiteFactory, UnitFactory, UserFactory


@pytest.fixture
def site(db: None) -> Site:
    return SiteFactory()


@pytest.fixture
def deposit(site: Site) -> Deposit:
    return require_deposit(site, PAYER, 1000, purpose="renovation", actor=UserFactory())


def charge_of(deposit: Deposit) -> Charge:
    return Charge.objects.get(**cause_of(deposit).filter(), revision=0)


def test_a_paid_deposit_is_held_and_no_income(site: Site, deposit: Deposit) -> None:
    pay(site, 1000, charge_of(deposit))
    assert standing(site) == {"cash": 1000, "deposits": -1000}
    line = LedgerLine.objects.get(account__code="deposits")
    assert (line.party_type, line.party_id) == PAYER
    assert held_of(deposit).minor == 1000


def test_a_deposit_given_back_is_its_payers_credit(site: Site, deposit: Deposit) -> None:
    pay(site, 1000, charge_of(deposit))
    settlement = settle_deposit(deposit, UserFactory())
    assert (settlement.returned, settlement.kept) == (1000, 0)
    assert standing(site) == {"cash": 1000, "credit": -1000}
    assert credit_balance(site, PAYER).minor == 1000


def test_a_part_that_is_kept_is_income(site: Site, deposit: Deposit) -> None:
    pay(site, 1000, charge_of(deposit))
    settle_deposit(deposit, UserFactory(), kept=300, reason="broken door")
    assert standing(site) == {"cash": 1000, "credit": -700, "deposits_kept": -300}
    assert held_of(deposit).minor == 0


def test_an_unpaid_rest_is_owed_no_longer(site: Site, deposit: Deposit) -> None:
    pay(site, 400, charge_of(deposit))
    settle_deposit(deposit, UserFactory(), kept=400, reason="broken door")
    assert standing(site) == {"cash": 400, "deposits_kept": -400}


@pytest.mark.parametrize(
    ("kept", "reason", "message"),
    [(1001, "damage", "is held"), (-1, "damage", "is held"), (10, " ", "reason")],
)
def test_what_is_kept_is_checked(
    site: Site, deposit: Deposit, kept: int, reason: str, message: str
) -> None:
    pay(site, 1000, charge_of(deposit))
    with pytest.raises(Rejection, match=message):
        settle_deposit(deposit, UserFactory(), kept=kept, reason=reason)


def test_a_deposit_is_settled_once(site: Site, deposit: Deposit) -> None:
    settle_deposit(deposit, UserFactory())
    with pytest.raises(Rejection, match="settled already"):
        settle_deposit(deposit, UserFactory())


@pytest.mark.parametrize(("amount", "purpose"), [(0, "key"), (-5, "key"), (5, "  ")])
def test_a_deposit_needs_an_amount_and_a_purpose(site: Site, amount: int, purpose: str) -> None:
    with pytest.raises(Rejection):
        require_deposit(site, PAYER, amount, purpose=purpose)


@pytest.fixture
def tenant(site: Site) -> Party:
    return party_of_holder(PersonFactory(site=site))


def bill_of_deposit(site: Site) -> Any:
    return bills(site).get(lines__charge__source_type="deposit")


def test_a_deposit_is_asked_for_by_a_bill_of_its_unit(site: Site, tenant: Party) -> None:
    unit = UnitFactory(building__site=site)
    due = date(2027, 3, 1)
    values = {"purpose": "renovation", "actor": UserFactory(), "unit": unit, "due_on": due}
    deposit = ask_for_deposit(site, tenant, 1000, **values)
    bill = bill_of_deposit(site)
    assert (bill.payer, bill.unit, bill.total, bill.due_on) == (tenant, unit, 1000, due)
    assert charge_of(deposit).due_at == clock.midnight(due, site.timezone)
    pay(site, 1000, charge_of(deposit), payer=tenant)
    assert bill_of_deposit(site).state == "settled"


def test_the_bill_of_a_deposit_that_was_given_back_stays_paid(site: Site, tenant: Party) -> None:
    deposit = ask_for_deposit(site, tenant, 1000, purpose="renovation", actor=UserFactory())
    pay(site, 1000, charge_of(deposit), payer=tenant)
    settle_deposit(deposit, UserFactory(), kept=300, reason="broken door")
    bill = bill_of_deposit(site)
    assert (bill.state, bill.owed) == ("settled", 0)


def test_the_bill_of_a_settled_deposit_asks_for_no_unpaid_rest(site: Site, tenant: Party) -> None:
    deposit = ask_for_deposit(site, tenant, 1000, purpose="renovation", actor=UserFactory())
    settle_deposit(deposit, UserFactory())
    assert bill_of_deposit(site).owed == 0
    assert amount_due(bill_of_deposit(site)).minor == 0


def test_an_unknown_payer_is_asked_for_nothing(site: Site) -> None:
    with pytest.raises(Rejection, match="not registered"):
        ask_for_deposit(site, ("person", "77"), 1000, purpose="keys", actor=UserFactory())
    assert not Deposit.objects.exists()
