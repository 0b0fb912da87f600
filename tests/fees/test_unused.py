"""Money paid ahead comes back by credit notes when its payer moves out (property.md 7)."""

from datetime import date
from decimal import Decimal

import pytest

from billing.outstanding import amount_due, credit_balance
from billing.services import Received, take_payment
from core.errors import Rejection
from fees.assessment import assess
from fees.models import FeeItem, Lease, RentStep
from fees.services import ahead
from fees.services.unused import credit_unused, unused_fees
from people.models import PayerPeriod
from tests.factories import FeeItemFactory, FeePriceFactory, SiteFactory, UserFactory
from tests.fees.test_ahead import approved
from tests.fees.units import LONG_AGO, payer_of, pays, unit_of
from tests.gate import staff

pytestmark = pytest.mark.django_db
JANUARY, APRIL, MOVE_OUT = date(2027, 1, 1), date(2027, 4, 1), date(2027, 4, 11)


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site, price="2.00").item


def ends(occupancy, day=MOVE_OUT):
    """The payer moves out before a day."""
    PayerPeriod.objects.filter(occupancy=occupancy).update(ends_on=day)
    occupancy.ends_on = day
    occupancy.save()


def half_a_year_ahead(item, unit):
    return ahead.charge_ahead(item, staff(), unit=unit, month=JANUARY, months=6)


def amounts(site, payer):
    return [each.credit.minor for each in unused_fees(site, payer)]


def test_what_was_invoiced_less_what_is_due_is_credited(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    bill = half_a_year_ahead(item, unit)
    ends(owner)
    notes = credit_unused(site, payer_of(owner), staff(), reason="moved out")
    # The worked case of the specification: 6 × 100.00 less 3 months and 10 of 30 days.
    assert [(each.bill, each.amount) for each in notes] == [(bill, 26_667)]
    assert amount_due(bill).minor == 33_333
    assert amounts(site, payer_of(owner)) == []


def test_what_was_paid_of_it_becomes_the_payers_credit(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    bill = half_a_year_ahead(item, unit)
    charges = [line.charge for line in bill.lines.all()]
    received = Received("bank_transfer", 60_000, "TX-1")
    take_payment(site, UserFactory(), payer_of(owner), received, charges)
    ends(owner)
    credit_unused(site, payer_of(owner), staff(), reason="moved out")
    assert credit_balance(site, payer_of(owner)).minor == 26_667


def test_the_discount_for_paying_ahead_stays_on_the_months_that_were_used(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    approved(item, "ahead", "10", months=6)
    half_a_year_ahead(item, unit)
    ends(owner)
    assert sum(amounts(site, payer_of(owner))) == 6 * 9000 - 3 * 9000 - 3000


def test_the_next_payer_owes_the_rest_of_the_month_and_all_of_the_next(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    half_a_year_ahead(item, unit)
    ends(owner)
    buyer = pays(unit, MOVE_OUT)
    credit_unused(site, payer_of(owner), staff(), reason="moved out")
    (april,) = assess(site, [item], APRIL, [unit.pk])
    (may,) = assess(site, [item], date(2027, 5, 1), [unit.pk])
    (march,) = assess(site, [item], date(2027, 3, 1), [unit.pk])
    assert (april.payer, april.amount, april.omitted) == (payer_of(buyer), 6667, "")
    assert (may.payer, may.amount, may.omitted) == (payer_of(buyer), 10_000, "")
    assert march.omitted == "paid_ahead"


def test_the_next_payer_owes_nothing_of_a_month_that_was_not_credited(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    half_a_year_ahead(item, unit)
    ends(owner)
    pays(unit, MOVE_OUT)
    assert [each.omitted for each in assess(site, [item], APRIL, [unit.pk])] == ["paid_ahead"]


def test_an_area_or_a_price_that_changed_is_not_unused(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    half_a_year_ahead(item, unit)
    unit.built_up_area = Decimal("40")
    unit.save()
    assert amounts(site, payer_of(owner)) == []


def test_rent_beyond_the_end_of_a_lease_is_unused(site):
    item = FeeItemFactory(site=site, method=FeeItem.Method.LEASE)
    unit = unit_of(site)
    tenant = pays(unit)
    lease = Lease.objects.create(
        site=site, item=item, unit=unit, person=tenant.person, begins_on=LONG_AGO
    )
    RentStep.objects.create(lease=lease, begins_on=LONG_AGO, rent=300_000)
    half_a_year_ahead(item, unit)
    Lease.objects.filter(pk=lease.pk).update(ends_on=APRIL)
    assert amounts(site, payer_of(tenant)) == [300_000] * 3


def test_nothing_is_credited_while_the_payer_stays(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    half_a_year_ahead(item, unit)
    with pytest.raises(Rejection) as caught:
        credit_unused(site, payer_of(owner), staff(), reason="moved out")
    assert caught.value.code == "nothing_to_credit"


def test_a_reason_is_needed(site, item):
    unit = unit_of(site, "50.00")
    owner = pays(unit)
    half_a_year_ahead(item, unit)
    ends(owner)
    with pytest.raises(Rejection) as caught:
        credit_unused(site, payer_of(owner), staff(), reason=" ")
    assert caught.value.field == "reason"
