"""Bills: charges of one payer, numbered without gaps, final once issued, paid from credit."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Bill, Charge, LedgerLine, NumberCounter
from billing.outstanding import amount_due, bills, owed_of_bill
from billing.payment_references import is_payment_reference, payment_reference, references_in
from billing.services import BillDraft, issue_bills
from core.errors import Rejection
from core.models import Site
from tests.billing.books import standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import SiteFactory


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory(slug="jade", timezone="Asia/Shanghai", currency="CNY")


def state_of(bill: Bill) -> str:
    return str(bills(bill.site).get(pk=bill.pk).state)


def test_a_bill_opens_its_charges_and_posts_income_and_vat(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 10600, 600), club_charge("b", 5000))
    assert (bill.total, bill.vat_total) == (15600, 600)
    assert standing(site) == {"receivable": 15600, "club_fees": -15000, "vat_payable": -600}
    assert [charge.state for charge in charges_of(bill)] == ["open", "open"]
    owed = LedgerLine.objects.filter(account__code="receivable")
    assert set(owed.values_list("party_type", "party_id")) == {PAYER}


def test_numbers_are_consecutive_for_each_year_of_the_site(site: Site) -> None:
    late = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    drafts = [draft("a"), draft("b")]
    old = issue_bills(site, drafts, late)
    new = issue_bills(site, [draft("c")], new_year)
    numbers = [each.number for each in [*old, *new]]
    assert numbers == ["B-jade-2026-000001", "B-jade-2026-000002", "B-jade-2027-000001"]
    assert new[0].issued_on == date(2027, 1, 1)


def test_a_run_that_fails_returns_its_numbers(site: Site) -> None:
    bill_of(site, club_charge("a", 100))
    with pytest.raises(IntegrityError), transaction.atomic():
        bill_of(site, club_charge("a", 100))
    assert NumberCounter.objects.get(site=site).last == 1
    assert bill_of(site, club_charge("b", 100)).number.endswith("000002")


def test_a_bill_keeps_what_the_issuer_was_called(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    organisation = site.organisation
    former = organisation.name
    organisation.name = "Renamed"
    organisation.save()
    bill.refresh_from_db()
    assert bill.snapshot["issuer"]["name"] == former


@pytest.mark.parametrize(
    "change", ["UPDATE billing_bill SET total = 0", "DELETE FROM billing_bill"]
)
def test_an_issued_bill_is_final(site: Site, change: str) -> None:
    bill_of(site, club_charge("a", 100))
    with pytest.raises(IntegrityError, match="credit note"), connection.cursor() as cursor:
        cursor.execute(change)


def test_its_state_follows_what_is_paid(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100), club_charge("b", 50))
    first, second = charges_of(bill)
    assert state_of(bill) == "issued"
    pay(site, 100, first)
    assert state_of(bill) == "part_paid"
    assert [(each.charge, each.money.minor) for each in owed_of_bill(bill)] == [(second, 50)]
    pay(site, 50, second)
    assert state_of(bill) == "settled"
    assert not amount_due(bill)


def test_charges_that_are_open_already_can_be_billed_once(site: Site) -> None:
    charge = charges_of(bill_of(site, club_charge("a", 100)))[0]
    again = BillDraft(PAYER, "Li Wei", date(2026, 12, 15), posted=[charge])
    with pytest.raises(Rejection) as error:
        issue_bills(site, [again])
    assert (error.value.field, error.value.code) == ("charges", "billed")


def test_a_bill_of_another_payers_charge_is_rejected(site: Site) -> None:
    charge = charges_of(bill_of(site, club_charge("a", 100)))[0]
    with pytest.raises(Rejection, match="open one of the payer"):
        issue_bills(site, [BillDraft(("person", "7"), "X", date(2026, 12, 15), posted=[charge])])


def test_a_bill_without_a_charge_is_rejected(site: Site) -> None:
    with pytest.raises(Rejection, match="no charge"):
        issue_bills(site, [BillDraft(PAYER, "Li Wei", date(2026, 12, 15))])


def test_a_bill_of_zero_is_settled_at_once(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 0))
    assert state_of(bill) == "settled"
    assert Charge.objects.get().state == "settled"


@given(st.integers(1, 99_999), st.integers(2000, 2099), st.integers(1, 99_999_999))
def test_a_payment_reference_has_check_digits(site: int, year: int, number: int) -> None:
    reference = payment_reference(site, year, number)
    assert is_payment_reference(reference)
    assert references_in(f"rent {reference[:4]} {reference[4:]}, thank you") == [reference]


@given(st.integers(1, 99_999), st.integers(1, 9_999_999), st.integers(2, 18), st.integers(1, 9))
def test_a_wrong_digit_is_detected(site: int, number: int, place: int, step: int) -> None:
    reference = payment_reference(site, 2026, number)
    digit = (int(reference[place]) + step) % 10
    wrong = reference[:place] + str(digit) + reference[place + 1 :]
    assert not is_payment_reference(wrong)


def test_a_standard_reference_is_accepted() -> None:
    assert not is_payment_reference("RF00539007547034")
    assert is_payment_reference("RF18 5390 0754 7034")


def draft(name: str) -> BillDraft:
    return BillDraft(PAYER, "Li Wei", date(2026, 12, 15), charges=[club_charge(name, 100)])
