"""Opening balances from a list: posted once, against equity, without receipts."""

from datetime import date

import pytest

from billing.models import BillingSettings, Charge, Deposit, Payment
from billing.outstanding import credit_balance, owed_by
from billing.services import approve_refund, request_credit_refund
from billing.services.deposits import held_of
from core.models import AuditEntry, Site, User
from people.models import Person
from tests.billing.books import standing
from tests.billing.club_fees import bill_of, club_charge, pay, register
from tests.factories import OccupancyFactory, PersonFactory, SiteFactory, UnitFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

HEAD = "kind,name,building,unit,amount,purpose,due\n"
LIST = "opening_balances"


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


@pytest.fixture
def user() -> User:
    return UserFactory()


@pytest.fixture
def person(site: Site) -> Person:
    return PersonFactory(site=site, name="王小明")


def party(person: Person) -> tuple[str, str]:
    return "person", str(person.pk)


def test_arrears_are_charged_against_equity_and_are_due_since_their_day(
    site: Site, user: User, person: Person
) -> None:
    imported(site, user, LIST, HEAD + "欠费,王小明,,,487.32,2025 物业费,2026-01-15\n")
    assert standing(site) == {"receivable": 48732, "opening_balance": -48732}
    (owed,) = owed_by(site, party(person))
    assert (owed.money.minor, str(owed.charge.due_at.date())) == (48732, "2026-01-14")
    assert AuditEntry.objects.filter(action="post opening balance").count() == 1


def test_a_prepayment_is_credit_without_a_receipt_and_pays_the_next_bill(
    site: Site, user: User, person: Person
) -> None:
    imported(site, user, LIST, HEAD + "prepayment,王小明,,,100,,\n")
    assert standing(site) == {"opening_balance": 10000, "credit": -10000}
    assert Payment.objects.get().receipt_no is None
    bill_of(site, club_charge("a", 3000), payer=party(person))
    assert credit_balance(site, party(person)).minor == 7000
    assert pay(site, 50, payer=None).receipt_no == 1


def test_a_prepayment_is_paid_back_in_cash(site: Site, user: User, person: Person) -> None:
    imported(site, user, LIST, HEAD + "prepayment,王小明,,,100,,\n")
    BillingSettings.objects.create(site=site, refund_limit=10_000)
    (refund,) = request_credit_refund(site, party(person), user, amount=4000, reason="moved out")
    approve_refund(refund, user)
    assert standing(site) == {"opening_balance": 10000, "credit": -6000, "cash": -4000}


def test_a_deposit_is_held_for_its_payer(site: Site, user: User, person: Person) -> None:
    imported(site, user, LIST, HEAD + "押金,王小明,,,2000,装修押金,\n")
    assert standing(site) == {"opening_balance": 200_000, "deposits": -200_000}
    assert held_of(Deposit.objects.get()).minor == 200_000


def test_the_same_list_again_changes_nothing(site: Site, user: User, person: Person) -> None:
    rows = "arrears,王小明,,,5,a,\nprepayment,王小明,,,6,,\ndeposit,王小明,,,7,keys,\n"
    assert counts(imported(site, user, LIST, HEAD + rows)) == (3, 0, 0, 0)
    before = standing(site)
    assert counts(imported(site, user, LIST, HEAD + rows)) == (0, 0, 3, 0)
    assert standing(site) == before


def test_a_trial_posts_nothing_and_names_all_errors(site: Site, user: User, person: Person) -> None:
    PersonFactory(site=site, name="李伟")
    PersonFactory(site=site, name="李伟")
    rows = (
        "arrears,王小明,,,5,,\narrears,王二,,,5,,\narrears,李伟,,,5,,\n"
        "prepayment,王小明,,,0.001,,\nprepayment,王小明,,,0,x,\ndeposit,王小明,,,5,,\n"
    )
    batch = checked(site, user, LIST, HEAD + rows)
    assert problems(batch) == [
        (3, "name", "unknown_payer"),
        (4, "name", "several_people"),
        (5, "amount", "out_of_range"),
        (6, "amount", "out_of_range"),
        (7, "purpose", "missing"),
    ]
    assert standing(site) == {}


def test_another_amount_than_was_posted_is_rejected(site: Site, user: User, person: Person) -> None:
    imported(site, user, LIST, HEAD + "arrears,王小明,,,5,,\n")
    batch = checked(site, user, LIST, HEAD + "arrears,王小明,,,6,,\n")
    assert problems(batch) == [(2, "amount", "differs")]


def test_who_moved_out_in_debt_is_found_by_the_unit(site: Site, user: User) -> None:
    unit = UnitFactory(building__site=site, building__code="3", code="0803")
    gone, same_name = PersonFactory(site=site, name="李伟"), PersonFactory(site=site, name="李伟")
    days = {"begins_on": date(2020, 1, 1), "ends_on": date(2025, 1, 1)}
    OccupancyFactory(site=site, unit=unit, person=gone, **days)
    imported(site, user, LIST, HEAD + "arrears,李伟,3,0803,5,,\n")
    assert owed_by(site, party(gone))
    assert not owed_by(site, party(same_name))


def test_unpaid_arrears_are_undone_and_imported_again(
    site: Site, user: User, person: Person
) -> None:
    table = HEAD + "arrears,王小明,,,5,,\n"
    undone(imported(site, user, LIST, table), user)
    assert standing(site) == {}
    assert counts(imported(site, user, LIST, table)) == (1, 0, 0, 0)
    assert standing(site) == {"receivable": 500, "opening_balance": -500}


@pytest.mark.parametrize("kind", ["arrears", "prepayment"])
def test_what_money_hangs_on_is_not_undone(
    site: Site, user: User, person: Person, kind: str
) -> None:
    batch = imported(site, user, LIST, f"{HEAD}{kind},王小明,,,5,,\n")
    if kind == "arrears":
        pay(site, 500, Charge.objects.get(), payer=party(person))
    before = standing(site)
    assert undone(batch, user).problem
    assert standing(site) == before
