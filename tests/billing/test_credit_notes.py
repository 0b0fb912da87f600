"""Credit notes: what a bill's payer no longer owes, and the undo of many bills."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection

from billing.models import ClosedMonth, CreditNote, LedgerEntry
from billing.outstanding import amount_due, bills, credit_balance
from billing.services import BillDraft, credit_bill, issue_bills, undo_bills
from core import clock
from core.errors import Rejection
from core.models import Site
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory(slug="jade")


def test_a_whole_credit_note_takes_back_income_and_vat(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 10600, 600), club_charge("b", 50))
    note = credit_bill(bill, UserFactory(), reason="wrong area")
    assert (note.amount, note.lines.count()) == (10650, 2)
    assert note.number.startswith("C-jade-")
    assert standing(site) == {}
    assert bills(site).get().state == "credited"


def test_part_of_a_line_takes_its_share_of_the_vat(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 10600, 600))
    line = bill.lines.get()
    credit_bill(bill, UserFactory(), reason="wrong area", amounts={line.pk: 5300})
    assert standing(site) == {"receivable": 5300, "club_fees": -5000, "vat_payable": -300}
    assert amount_due(bill).minor == 5300


def test_money_beyond_what_is_left_of_a_part_paid_bill_becomes_credit(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100), club_charge("b", 50))
    pay(site, 100, charges_of(bill)[0])
    credit_bill(bill, UserFactory(), reason="moved out")
    assert credit_balance(site, PAYER).minor == 100
    assert standing(site) == {"cash": 100, "credit": -100}
    check_constraints()


def test_no_more_than_is_left_can_be_credited(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    line = bill.lines.get()
    credit_bill(bill, UserFactory(), reason="discount", amounts={line.pk: 60})
    with pytest.raises(Rejection, match="at most"):
        credit_bill(bill, UserFactory(), reason="discount", amounts={line.pk: 41})
    credit_bill(bill, UserFactory(), reason="discount")
    with pytest.raises(Rejection, match="left to credit"):
        credit_bill(bill, UserFactory(), reason="discount")
    assert [note.amount for note in bill.credit_notes.order_by("pk")] == [60, 40]


def test_a_credit_note_needs_a_reason_and_is_final(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    with pytest.raises(Rejection, match="reason"):
        credit_bill(bill, UserFactory(), reason=" ")
    credit_bill(bill, UserFactory(), reason="wrong area")
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_creditnote SET amount = 1")


def test_undoing_bills_credits_unpaid_ones_and_keeps_paid_ones(site: Site) -> None:
    plain = bill_of(site, club_charge("a", 10600, 600), club_charge("b", 0))
    paid = bill_of(site, club_charge("c", 100), payer=("person", "7"))
    pay(site, 40, charges_of(paid)[0], payer=("person", "7"))
    undone = undo_bills(site, [plain, paid], UserFactory(), reason="wrong prices")
    assert [note.bill for note in undone.notes] == [plain]
    assert undone.kept == [paid]
    assert standing(site) == {"cash": 40, "receivable": 60, "club_fees": -100}
    assert {each.pk: each.state for each in bills(site)} == {
        plain.pk: "credited",
        paid.pk: "part_paid",
    }
    check_constraints()


def test_undoing_releases_credit_that_was_used_automatically(site: Site) -> None:
    pay(site, 30)
    bill = bill_of(site, club_charge("a", 100))
    assert credit_balance(site, PAYER).minor == 0
    undone = undo_bills(site, [bill], UserFactory(), reason="wrong prices")
    assert (len(undone.notes), undone.kept) == (1, [])
    assert credit_balance(site, PAYER).minor == 30


def test_undoing_twice_changes_nothing(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 100))
    undo_bills(site, [bill], UserFactory(), reason="wrong prices")
    undone = undo_bills(site, [bill], UserFactory(), reason="wrong prices")
    assert (undone.notes, undone.kept) == ([], [])
    assert CreditNote.objects.count() == 1


@pytest.mark.parametrize("in_bulk", [False, True])
def test_a_credit_note_of_a_closed_month_is_posted_now_and_names_it(
    site: Site, in_bulk: bool
) -> None:
    issued = clock.now() - timedelta(days=40)
    draft = BillDraft(PAYER, "Li Wei", date(2026, 12, 15), charges=[club_charge("a", 100)])
    bill = issue_bills(site, [draft], issued)[0]
    month = clock.local(issued, site.timezone).date().replace(day=1)
    ClosedMonth.objects.create(
        site=site, month=month, closed_at=clock.now(), closed_by=UserFactory()
    )
    if in_bulk:
        undo_bills(site, [bill], UserFactory(), reason="wrong area")
    else:
        credit_bill(bill, UserFactory(), reason="wrong area")
    entry = LedgerEntry.objects.latest("pk")
    assert entry.posted_on == clock.local(clock.now(), site.timezone).date()
    assert entry.concerns_month == month
