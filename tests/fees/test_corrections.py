"""What a bill should have been, after an area, a price or an agreement was corrected."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Bill
from billing.outstanding import amount_due
from billing.services import BillCharge, BillDraft, Cause, Vat, issue_bills, rebill
from fees.assessment import assess
from fees.charge_sources import kind_of
from fees.corrections import corrections_of
from fees.models import FeeAssignment
from tests.factories import FeePriceFactory, SiteFactory, UserFactory
from tests.fees.units import LONG_AGO, NOVEMBER, paid_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site, item__code="property").item


def billed(item, unit) -> Bill:
    """Return the bill of November."""
    (found,) = assess(item.site, [item], NOVEMBER, [unit.pk])
    assert found.payer is not None
    charge = BillCharge(
        cause=Cause(kind_of(item), found.source_id, found.period),
        amount=found.amount,
        lines=found.lines,
        titles={"en": "Property fee"},
        vat=Vat(found.vat_rate, found.vat_amount),
    )
    draft = BillDraft(found.payer, "Li Wei", found.due_on, [charge], unit=unit.pk, period="2026-11")
    return issue_bills(item.site, [draft])[0]


def changes(bill):
    return [(each.before.minor, each.after.minor) for each in corrections_of(bill)]


def test_an_unchanged_unit_needs_no_correction(site, item):
    assert changes(billed(item, paid_unit(site, "100"))) == []


def test_a_corrected_area_changes_the_amount(site, item):
    unit = paid_unit(site, "100")
    bill = billed(item, unit)
    unit.built_up_area = Decimal("90")
    unit.save()
    assert changes(bill) == [(28000, 25200)]


def test_a_unit_that_should_have_been_exempt_owes_nothing(site, item):
    unit = paid_unit(site, "100")
    bill = billed(item, unit)
    FeeAssignment.objects.create(item=item, unit=unit, kind="exempt", begins_on=LONG_AGO)
    assert changes(bill) == [(28000, 0)]


def test_a_missing_price_changes_nothing(site, item):
    bill = billed(item, paid_unit(site, "100"))
    item.prices.all().delete()
    assert changes(bill) == []


def test_the_bill_is_issued_again_at_the_corrected_amount(site, item):
    item.vat_rate = Decimal("6.00")
    item.save()
    unit = paid_unit(site, "100")
    bill = billed(item, unit)
    unit.built_up_area = Decimal("90")
    unit.save()
    corrected = {each.line.pk: each.corrected for each in corrections_of(bill)}
    due_on = date(2026, 12, 31)
    new = rebill(bill, UserFactory(), corrected, reason="measured again", due_on=due_on).bill
    assert new is not None
    assert (new.total, new.vat_total) == (25200, 1426)
    assert amount_due(bill).minor == 0
    assert corrections_of(new) == []
