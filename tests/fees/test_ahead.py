"""Months that are charged at once: their discount, and that no run charges them again."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Bill, Charge
from core import clock
from fees.assessment import assess
from fees.models import Discount
from fees.services import ahead
from tests.factories import FeeItemFactory, FeePriceFactory, SiteFactory, UserFactory
from tests.fees.units import DECEMBER, LONG_AGO, paid_unit, pays, unit_of
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
YEAR = {"month": DECEMBER, "months": 12}


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site).item


def approved(item, kind, percent, **values):
    now, people = clock.now(), [UserFactory(), UserFactory()]
    first, second = people
    decided = {"requested_by": first, "decided_by": second, "state": "approved"}
    times = {"requested_at": now, "decided_at": now, "begins_on": LONG_AGO}
    return Discount.objects.create(
        item=item, kind=kind, percent=Decimal(percent), **decided | times | values
    )


def test_a_year_ahead_is_one_bill_with_its_discount(site, item):
    unit = paid_unit(site, "100")
    approved(item, "ahead", "5", months=12)
    bill = ahead.charge_ahead(item, staff(), unit=unit, **YEAR)
    assert (bill.total, bill.lines.count()) == (12 * 26_600, 12)
    assert bill.due_on == date(2026, 12, 31)
    periods = Charge.objects.order_by("period").values_list("period", flat=True)
    assert (periods[0], periods[11]) == ("2026-12", "2027-11")
    found = assess(site, [item], date(2027, 11, 1), [unit.pk])
    assert [each.omitted for each in found] == ["paid_ahead"]


def test_gift_months_are_not_charged(site, item):
    unit = paid_unit(site, "100")
    gift = {"begins_on": date(2027, 11, 1), "ends_on": date(2027, 12, 1), "unit": unit}
    approved(item, "gift", "100", **gift)
    bill = ahead.charge_ahead(item, staff(), unit=unit, **YEAR)
    assert (bill.total, bill.lines.count()) == (11 * 28_000, 11)


def test_what_cannot_be_charged_ahead_is_rejected_whole(site, item):
    unit = paid_unit(site)
    ahead.charge_ahead(item, staff(), unit=unit, month=date(2027, 3, 1), months=1)
    assert rejected(ahead.charge_ahead, item, staff(), unit=unit, **YEAR)[0] == "month"
    moving = unit_of(site)
    pays(moving, ends_on=date(2027, 1, 1))
    pays(moving, date(2027, 1, 1))
    changed = rejected(ahead.charge_ahead, item, staff(), unit=moving, **YEAR)
    assert changed == ("months", "payer_changes")
    metered = FeeItemFactory(site=site, method="meter", utility="water")
    assert rejected(ahead.charge_ahead, metered, staff(), unit=unit, **YEAR)[0] == "item"
    many = {"month": DECEMBER, "months": 37}
    assert rejected(ahead.charge_ahead, item, staff(), unit=unit, **many)[0] == "months"
    assert Bill.objects.count() == 1
