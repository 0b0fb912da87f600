"""A late fee that is on a bill: what is waived of it is not owed on the bill either."""

from datetime import date

import pytest

from billing.accounts import unbilled_charges
from billing.models import BillingSettings, Charge
from billing.outstanding import amount_due, bills
from billing.services import bill_charges
from fees.late_fees import post_late_fees
from fees.services.waivers import request_waiver
from tests.billing.books import standing
from tests.billing.club_fees import pay
from tests.fees.test_late_fees import NEW_YEAR, calendar, owner, site  # noqa: F401
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(site, owner, calendar):  # noqa: F811
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    return Charge.objects.get(source_type="late_fee")


def billed(late, owner):  # noqa: F811
    return bill_charges(late.site, owner, [late], staff(), due_on=date(2027, 1, 31))


def owed(bill):
    found = bills(bill.site).get(pk=bill.pk)
    assert max(0, found.owed) == amount_due(bill).minor
    return found.state, found.owed


def test_what_is_waived_is_not_owed_on_its_bill(late, owner):  # noqa: F811
    bill = billed(late, owner)
    request_waiver(late, staff(), amount=1000, reason="hardship")
    assert owed(bill) == ("issued", 2200)


def test_a_bill_asks_for_what_is_left_after_a_waiver(late, owner):  # noqa: F811
    request_waiver(late, staff(), amount=1000, reason="hardship")
    bill = billed(late, owner)
    assert (bill.total, owed(bill)) == (2200, ("issued", 2200))
    assert sum(line["amount"] for line in bill.lines.get().charge.lines) == 2200


def test_what_was_paid_before_pays_the_bill(late, owner):  # noqa: F811
    pay(late.site, 700, late, payer=owner)
    request_waiver(late, staff(), amount=1000, reason="hardship")
    bill = billed(late, owner)
    assert (bill.total, owed(bill)) == (2200, ("part_paid", 1500))
    assert "credit" not in standing(late.site)


def test_what_is_to_be_billed_is_shown_after_its_waivers(late, owner):  # noqa: F811
    request_waiver(late, staff(), amount=1000, reason="hardship")
    assert [money.minor for _charge, _title, money in unbilled_charges(late.site, owner)] == [2200]
