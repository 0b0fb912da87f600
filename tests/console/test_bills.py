"""The pages of bills: lists, a bill with its lines, credit notes, write-offs."""

from datetime import date

import pytest

from billing.models import BillingSettings, CreditNote, WriteOff
from billing.outstanding import amount_due, credit_balance
from core.permissions import StandardRole
from tests.billing.club_fees import bill_of, charges_of, club_charge, pay
from tests.browsers import hire, pdf_text, signed_in, text

pytestmark = pytest.mark.django_db


def found(client, here, name="bills", **query):
    return {row.pk for row in client.get(here.url(name), query).context["rows"]}


@pytest.fixture
def payer(here):
    return here.billed_payer.payer


def test_bills_are_found_by_state_number_reference_payer_unit_and_period(here, finance, payer):
    mine = here.bill
    paid = bill_of(here.site, club_charge("paid", 100), payer=payer)
    pay(here.site, 100, *charges_of(paid), payer=payer)
    late = bill_of(here.site, club_charge("late", 100), payer=payer, due=date(2020, 1, 1))
    known = {mine.pk, paid.pk, late.pk}
    assert found(finance, here, state="unpaid") & known == {mine.pk, late.pk}
    assert found(finance, here, state="overdue") & known == {late.pk}
    assert found(finance, here, state="settled") & known == {paid.pk}
    assert found(finance, here, q=mine.number) & known == {mine.pk}
    reference = mine.payment_reference.lower()
    assert found(finance, here, q=f"{reference[:4]} {reference[4:]}") & known == {mine.pk}
    assert found(finance, here, payer="li w") & known == {mine.pk, paid.pk, late.pk}
    assert found(finance, here, unit="9999") & known == set()
    assert found(finance, here, period="2026-10") & known == set()
    assert found(finance, here, since="2999-01-01") & known == set()


def test_the_list_of_bills_takes_as_many_queries_for_many_rows_as_for_one(
    here, finance, payer, django_assert_num_queries, django_assert_max_num_queries
):
    finance.get(here.url("bills"), {"state": "unpaid"})
    with django_assert_max_num_queries(40) as few:
        finance.get(here.url("bills"), {"state": "unpaid"})
    for number in range(5):
        bill_of(here.site, club_charge(f"n{number}", 100), payer=payer)
    with django_assert_num_queries(len(few)):
        finance.get(here.url("bills"), {"state": "unpaid"})


def test_a_bill_shows_its_lines_payments_and_what_is_left(here, finance, payer):
    bill = bill_of(here.site, club_charge("a", 10_600, 600), payer=payer)
    payment = pay(here.site, 2_500, *charges_of(bill), payer=payer)
    shown = text(finance.get(here.url("bill", bill.pk)))
    for part in (bill.number, bill.payment_reference, "Club a", "81.00", "25.00", "6 %"):
        assert part in shown
    assert here.url("finance_payment", payment.pk) in shown
    assert "cash at the lane" not in shown, "it was paid at the desk"


def test_a_credit_note_shows_what_becomes_of_paid_money_before_it_is_issued(here, finance, payer):
    bill = bill_of(here.site, club_charge("a", 100), club_charge("b", 50), payer=payer)
    pay(here.site, 80, charges_of(bill)[0], payer=payer)
    url = here.url("credit_bill", bill.pk)
    line = f"line_{bill.lines.get(position=1).pk}"
    values = {line: "0.50", "reason": "wrong area"}
    plan = finance.post(url, values)
    assert not CreditNote.objects.filter(bill=bill).exists()
    shown = text(plan)
    assert "0.20" in shown  # owed no longer
    assert "0.30" in shown  # becomes credit
    answer = finance.post(url, {**values, "confirm": plan.context["token"]})
    assert answer.status_code == 204
    note = CreditNote.objects.get(bill=bill)
    assert (note.amount, note.reason) == (50, "wrong area")
    assert credit_balance(here.site, payer).minor == 30
    assert note.number in text(finance.get(here.url("credit_notes")))


@pytest.mark.parametrize("entered", ["1.01", "x", ""])
def test_a_credit_of_more_than_the_line_or_of_nothing_is_rejected_at_its_field(
    here, finance, payer, entered
):
    bill = bill_of(here.site, club_charge("a", 100), payer=payer)
    values = {f"line_{bill.lines.get().pk}": entered, "reason": "x"}
    assert finance.post(here.url("credit_bill", bill.pk), values).status_code == 422


def test_a_write_off_above_the_limit_is_approved_by_another_person(here, finance):
    bill = here.bill
    finance.post(here.url("cancel_write_off", here.write_off.pk))
    finance.post(here.url("write_off_bill", bill.pk), {"reason": "bankrupt"})
    request = WriteOff.objects.get(state="requested")
    assert amount_due(bill)
    own = text(finance.get(here.url("write_offs")))
    assert here.url("approve_write_off", request.pk) not in own
    assert finance.post(here.url("approve_write_off", request.pk)).status_code == 422
    other = signed_in(hire(here.site, StandardRole.FINANCE))
    assert here.url("approve_write_off", request.pk) in text(other.get(here.url("write_offs")))
    assert other.post(here.url("approve_write_off", request.pk)).status_code == 204
    assert not amount_due(bill)
    assert "written off" in text(finance.get(here.url("bill", bill.pk)))
    other.post(here.url("reverse_write_off", request.pk), {"reason": "heirs pay"})
    assert amount_due(bill)


def test_a_write_off_within_the_limit_is_posted_at_once(here, finance, payer):
    BillingSettings.objects.create(site=here.site, waiver_limit=100)
    bill = bill_of(here.site, club_charge("a", 100), payer=payer)
    finance.post(here.url("write_off_bill", bill.pk), {"reason": "not worth a claim"})
    assert not amount_due(bill)


def test_a_bill_is_found_in_the_search_box_by_its_number(here, finance):
    shown = text(finance.post(here.url("find"), {"text": here.bill.number}))
    assert here.url("bill", here.bill.pk) in shown


def test_a_credit_note_is_downloaded_as_pdf(here, finance):
    note = here.own_credit_note
    shown = text(finance.get(here.url("bill", note.bill_id)))
    assert here.url("credit_note_pdf", note.pk) in shown
    assert here.url("credit_note_pdf", note.pk) in text(finance.get(here.url("credit_notes")))
    document = pdf_text(finance, here.url("credit_note_pdf", note.pk))
    for part in (note.number, note.bill.number, "agreed", "CN¥1.00"):
        assert part in document
