"""A bank transfer pays a fee on the day on which the bank booked it, whenever it is matched."""

# Fixtures are imported, and named again by the tests that take them.
# ruff: noqa: F811

from datetime import date

import pytest

from billing.models import BankAccount, BankLine
from billing.outstanding import credit_balance, owed_by
from billing.services import import_statement, match_with_payer, match_with_recorded, undo_match
from billing.services.desk import Received, take_payment
from fees.late_fee_corrections import lower_late_fees
from fees.late_fees import post_late_fees
from tests.fees.late_payers import allocated, part_payments, statutory  # noqa: F401
from tests.fees.test_late_fees import NEW_YEAR, calendar, fee, owner, posted, site  # noqa: F401
from tests.gate import staff

pytestmark = pytest.mark.django_db
TENTH, FIFTEENTH = date(2026, 12, 10), date(2026, 12, 15)


def booked(site, amount, on=TENTH):
    """A transfer of the bank statement, imported now."""
    account, _new = BankAccount.objects.get_or_create(site=site, name="Main", matches_exact=False)
    table = f"date,amount,payer,details,reference\n{on},{amount},Zhang,fee,r1"
    import_statement(account, staff(), table.encode())
    return BankLine.objects.latest("pk")


def test_late_fees_accrue_until_the_bank_booked_it(site, owner, fee, calendar, part_payments):
    calendar(FIFTEENTH)
    match_with_payer(booked(site, "1010.00"), staff(), owner)
    # Ten days from 30 November at 1.00 a day.
    assert posted() == [("2026-12-09", 1000)]
    assert owed_by(site, owner) == []
    calendar(NEW_YEAR)
    assert post_late_fees(site, NEW_YEAR) == 0


def test_what_is_left_accrues_from_the_booking_on(site, owner, fee, calendar, part_payments):
    calendar(FIFTEENTH)
    match_with_payer(booked(site, "600.00"), staff(), owner)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    # 10 days on 1,000.00, then 22 days on 400.00.
    assert sum(amount for _period, amount in posted()) == 1000 + 880


def test_what_was_posted_for_later_days_is_taken_back(site, owner, fee, calendar, part_payments):
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    match_with_payer(booked(site, "1010.00"), staff(), owner)
    assert lower_late_fees(site) == 1
    assert owed_by(site, owner) == []
    assert lower_late_fees(site) == 0


def test_what_was_paid_of_them_is_the_payers_credit(site, owner, fee, calendar, statutory):
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    payment = match_with_payer(booked(site, "1032.00"), staff(), owner)
    assert allocated(payment) == [("late_fee", 3200), ("fee", 100_000)]
    lower_late_fees(site)
    assert credit_balance(site, owner).minor == 2200


def test_a_transfer_of_the_desk_counts_once_the_bank_confirms_it(
    site, owner, fee, calendar, part_payments
):
    calendar(FIFTEENTH)
    received = Received("bank_transfer", 100_000, "r1", TENTH)
    payment = take_payment(site, staff(), owner, received, [fee])
    assert posted() == [("2026-12-14", 1500)]
    match_with_recorded(booked(site, "1000.00"), staff(), payment)
    lower_late_fees(site)
    assert [each.money.minor for each in owed_by(site, owner)] == [1000]


def test_a_match_that_is_undone_has_paid_nothing(site, owner, fee, calendar, part_payments):
    calendar(FIFTEENTH)
    line = booked(site, "1010.00")
    match_with_payer(line, staff(), owner)
    undo_match(line, staff())
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    assert sum(amount for _period, amount in posted()) == 3200


def test_money_booked_before_the_fee_was_due_has_no_late_fee(
    site, owner, fee, calendar, part_payments
):
    calendar(FIFTEENTH)
    match_with_payer(booked(site, "1000.00", date(2026, 11, 20)), staff(), owner)
    assert posted() == []
    assert owed_by(site, owner) == []
