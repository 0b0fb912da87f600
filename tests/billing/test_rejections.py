"""What billing rejects: each rejection names its field and code, and changes nothing."""

from datetime import date

import pytest

from billing.ledger import Party
from billing.models import Account, BankAccount, Charge, Drawer, LedgerEntry
from billing.services import (
    Received,
    bill_charges,
    cancel_refund,
    cancel_write_off,
    hand_over_drawer,
    open_drawer,
    request_credit_refund,
    require_deposit,
    take_payment,
    use_credit,
    write_off,
    write_off_bill,
)
from billing.services.bank import save_account
from billing.services.charging import Cause, draft_charge, open_charge
from billing.services.settings import change_billing_settings
from core.models import AuditEntry, Site, User
from tests.billing.books import standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import CompanyFactory, PersonFactory, SiteFactory, UserFactory
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
DUE = date(2026, 12, 31)


@pytest.fixture
def site() -> Site:
    register()
    return SiteFactory()


@pytest.fixture
def actor() -> User:
    return UserFactory()


def owed(site: Site, amount: int = 1000) -> Charge:
    (charge,) = charges_of(bill_of(site, club_charge("a", amount)))
    return charge


def opened(site: Site, currency: str = "CNY", payer: Party | None = PAYER) -> Charge:
    draft = draft_charge(site, Cause("club", "alone"), currency, payer=payer)
    return open_charge(draft, 1000, lines=[{"kind": "fixed", "amount": 1000}])


def test_two_bank_accounts_of_a_site_have_different_names(site: Site, actor: User) -> None:
    save_account(BankAccount(site=site, name="Main"), actor)
    assert rejected(save_account, BankAccount(site=site, name="Main"), actor) == ("name", "taken")
    save_account(BankAccount(site=SiteFactory(), name="Main"), actor)


def test_a_charge_in_another_currency_is_not_paid_at_the_desk(site: Site, actor: User) -> None:
    values = (site, actor, PAYER, Received("pos", 1000, "s1"), [opened(site, "JPY")])
    assert rejected(take_payment, *values) == ("charges", "other_currency")


@pytest.mark.parametrize(
    ("received", "problem"),
    [
        (Received("barter", 10), ("method", "unknown")),
        (Received("pos", 10), ("reference", "missing")),
        (Received("pos", 0, "s1"), ("amount", "not_positive")),
        (Received("pos", 10, "s1", date(2999, 1, 1)), ("dated_on", "in_future")),
        (Received("cash", 10), ("method", "no_drawer")),
    ],
)
def test_money_at_the_desk_is_entered_completely(
    site: Site, actor: User, received: Received, problem: tuple[str, str]
) -> None:
    assert rejected(take_payment, site, actor, PAYER, received) == problem
    assert standing(site) == {}
    assert not AuditEntry.objects.exists()


def test_credit_is_used_where_there_is_some_and_something_is_owed(site: Site, actor: User) -> None:
    owed(site)
    assert rejected(use_credit, site, PAYER, actor) == ("credit", "unused")
    pay(site, 1000, payer=("person", "77"))
    assert rejected(use_credit, site, ("person", "77"), actor) == ("credit", "unused")


def test_what_is_written_off_is_a_posted_charge_of_one_known_payer(site: Site, actor: User) -> None:
    draft = draft_charge(site, Cause("club", "draft"), "CNY", payer=PAYER)
    values = {"reason": "gone"}
    assert rejected(write_off, site, [draft], actor, **values) == ("charges", "nothing_left")
    (other,) = charges_of(bill_of(site, club_charge("b", 10), payer=("person", "77")))
    found = rejected(write_off, site, [owed(site), other], actor, **values)
    assert found == ("charges", "payer")
    deposit = require_deposit(site, PAYER, 500, purpose="keys", actor=actor)
    charge = Charge.objects.get(source_id=deposit.public_id)
    assert rejected(write_off, site, [charge], actor, **values) == ("charges", "deposit")


def test_a_car_whose_payer_is_unknown_is_not_written_off(site: Site, actor: User) -> None:
    charges = [opened(site, payer=None)]
    assert rejected(write_off, site, charges, actor, reason="gone") == ("charges", "payer")


def test_charges_are_billed_by_hand_once_and_for_a_registered_payer(
    site: Site, actor: User
) -> None:
    billed = owed(site)
    known = ("company", str(CompanyFactory(site=site).pk))
    for payer in (("person", "0"), ("person", "x"), ("stay", "1")):
        found = rejected(bill_charges, site, payer, [billed], actor, due_on=DUE)
        assert found == ("payer", "unknown")
    elsewhere = ("person", str(PersonFactory().pk))
    found = rejected(bill_charges, site, elsewhere, [billed], actor, due_on=DUE)
    assert found == ("payer", "unknown")
    found = rejected(bill_charges, site, known, [billed], actor, due_on=DUE)
    assert found == ("charges", "billed")


def test_who_asks_for_a_refund_may_cancel_it_once(site: Site, actor: User) -> None:
    pay(site, 1000)
    (refund,) = request_credit_refund(site, PAYER, actor, amount=10, reason="left")
    assert cancel_refund(refund, actor).state == "cancelled"
    assert rejected(cancel_refund, refund, actor) == ("refund", "not_waiting")


def test_a_write_off_that_was_decided_is_not_decided_again(site: Site, actor: User) -> None:
    owed(site)
    bill = bill_of(site, club_charge("b", 10))
    request = write_off_bill(bill, actor, reason="gone")
    assert request.state == "requested"
    cancel_write_off(request, actor)
    assert rejected(cancel_write_off, request, actor) == ("write_off", "decided")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"float_amount": -1}, ("float_amount", "out_of_range")),
        ({"float_amount": 2**63}, ("float_amount", "out_of_range")),
    ],
)
def test_a_drawer_is_opened_with_an_amount_that_can_be_counted(
    site: Site, actor: User, values: dict[str, int], problem: tuple[str, str]
) -> None:
    assert rejected(open_drawer, site, actor, **values) == problem
    assert not Drawer.objects.exists()


def test_a_shortage_that_is_explained_by_blanks_is_not_explained(site: Site, actor: User) -> None:
    drawer = open_drawer(site, actor, float_amount=100)
    count = LedgerEntry.objects.count()
    found = rejected(hand_over_drawer, drawer, actor, counted=99, reason=" ")
    assert found == ("reason", "difference_unexplained")
    drawer.refresh_from_db()
    assert drawer.is_open
    assert LedgerEntry.objects.count() == count
    assert not Account.objects.filter(code="cash_difference").exists()


@pytest.mark.parametrize(("name", "value"), [("due_days", 400), ("refund_limit", -1)])
def test_a_setting_out_of_range_is_named(site: Site, actor: User, name: str, value: int) -> None:
    assert rejected(change_billing_settings, site, actor, **{name: value}) == (name, "invalid")
    assert not AuditEntry.objects.exists()


def test_settings_that_stay_as_they_are_are_not_recorded(site: Site, actor: User) -> None:
    assert change_billing_settings(site, actor, due_days=15).due_days == 15
    assert not AuditEntry.objects.exists()
