"""No late fee is owed on a fee that was credited, and never more than the fee."""

import pytest

from billing.models import Bill, BillingSettings, Charge
from billing.outstanding import credit_balance, owed_by
from billing.services import credit_bill
from fees.late_fee_corrections import lower_late_fees
from fees.late_fees import post_late_fees
from fees.services.waivers import request_waiver
from tests.billing.books import standing
from tests.billing.club_fees import pay
from tests.fees.test_late_fees import NEW_YEAR, calendar, owner, site  # noqa: F401
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(site, owner, calendar):  # noqa: F811
    """The late fee of 32.00 on 1,000.00."""
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    return Charge.objects.get(source_type="late_fee")


def credit(minor=None):
    bill = Bill.objects.get()
    amounts = {bill.lines.get().pk: minor} if minor else None
    credit_bill(bill, None, reason="wrong area", amounts=amounts)


def test_the_late_fee_of_a_fee_that_was_credited_is_owed_no_longer(site, owner, late):  # noqa: F811
    credit()
    assert lower_late_fees(site) == 1
    assert (owed_by(site, owner), standing(site)) == ([], {})
    assert lower_late_fees(site) == 0


def test_what_is_left_of_a_fee_keeps_its_late_fee(site, owner, late):  # noqa: F811
    credit(75_000)
    lower_late_fees(site)
    assert [each.money.minor for each in owed_by(site, owner)] == [25_000, 800]


def test_what_was_paid_of_it_is_the_payers_credit(site, owner, late):  # noqa: F811
    pay(site, 3200, late, payer=owner)
    credit()
    lower_late_fees(site)
    assert credit_balance(site, owner).minor == 3200


def test_a_waiver_is_not_given_a_second_time(site, owner, late):  # noqa: F811
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    request_waiver(late, staff(), amount=3000, reason="hardship")
    credit(75_000)
    assert lower_late_fees(site) == 0
    assert [each.money.minor for each in owed_by(site, owner)] == [25_000, 200]


def test_a_fee_that_was_not_credited_keeps_its_late_fee(site, owner, late):  # noqa: F811
    assert lower_late_fees(site) == 0
