"""What units owe for a month: by area, fixed, shared and let; who pays, and what is left out."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from estate.models import UnitState
from fees.assessment import assess
from fees.models import Discount, FeeAssignment, Lease, RentStep, SharedCost, SharedCostPart
from fees.rules.parts import Days, priced
from tests.billing.vat_rates import vat_rate
from tests.factories import (
    FeeItemFactory,
    FeePriceFactory,
    PersonFactory,
    SiteFactory,
    UserFactory,
)
from tests.fees.units import DECEMBER, LONG_AGO, NOVEMBER, paid_unit, payer_of, pays, unit_of

pytestmark = pytest.mark.django_db
MID = date(2026, 11, 16)


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site, item__code="property").item


def of(item, *units, month=NOVEMBER, **more):
    return assess(item.site, [item], month, [each.pk for each in units], **more)


def reasons(found):
    return [each.omitted for each in found]


def test_a_month_is_area_times_price_with_its_explanation(site, item):
    unit = unit_of(site)
    owner = pays(unit)
    (found,) = of(item, unit)
    assert (found.amount, found.payer, found.period) == (25096, payer_of(owner), "2026-11")
    assert found.due_on == date(2026, 11, 30)
    assert found.source_id == f"{item.pk}-{unit.pk}"
    (line,) = found.lines
    assert (line["quantity"], line["price"], line["amount"]) == ("89.63", "2.8", 25096)
    assert (line["from"], line["to"], line["days"]) == ("2026-11-01", "2026-12-01", 30)


def test_vat_is_in_the_amount_and_split_from_each_line(site, item):
    item.vat_rate = Decimal("6.00")
    item.save()
    (found,) = of(item, paid_unit(site))
    assert (found.amount, found.vat_amount) == (25096, 1421)


@pytest.mark.parametrize(("own", "rate", "tax"), [(None, 9, 2072), ("6.00", 6, 1421), ("0", 0, 0)])
def test_a_fee_has_its_own_rate_or_that_of_the_organisation(site, item, own, rate, tax):
    vat_rate(site, "9", item.income)
    item.vat_rate = own and Decimal(own)
    item.save()
    (found,) = of(item, paid_unit(site))
    assert (found.amount, found.vat_rate, found.vat_amount) == (25096, rate, tax)
    assert sum(line["vat"] for line in found.lines) == tax


def test_the_rate_of_the_organisation_is_that_of_the_months_first_day(site, item):
    vat_rate(site, "9", item.income)
    vat_rate(site, "13", item.income, date(2026, 11, 2))
    unit = paid_unit(site)
    rates = [of(item, unit, month=month)[0].vat_rate for month in (NOVEMBER, DECEMBER)]
    assert rates == [9, 13]


def test_a_change_of_price_gives_a_line_for_each(site, item):
    item.prices.update(ends_on=MID)
    FeePriceFactory(item=item, begins_on=MID, price=Decimal("3.00"))
    (found,) = of(item, paid_unit(site, "100"))
    assert [each["amount"] for each in found.lines] == [14000, 15000]
    assert [each["days"] for each in found.lines] == [15, 15]


def test_a_new_owner_pays_the_rest_of_the_month(site, item):
    unit = unit_of(site, "89.63")
    before, after = pays(unit, LONG_AGO, date(2026, 11, 11)), pays(unit, date(2026, 11, 11))
    first, second = of(item, unit)
    assert (first.payer, second.payer) == (payer_of(before), payer_of(after))
    assert (first.period, second.period) == ("2026-11", "2026-11-11")
    assert (first.amount, second.amount) == (8365, 25096 - 8365)


def test_days_that_nobody_pays_are_named(site, item):
    unit = unit_of(site)
    pays(unit, MID)
    charged, missing = of(item, unit)
    assert (charged.omitted, charged.begins_on) == ("", MID)
    assert (missing.omitted, missing.payer, missing.ends_on) == ("no_payer", None, MID)
    assert reasons(of(item, unit_of(site))) == ["no_payer"]


def test_a_payer_of_this_fee_comes_before_one_of_all_fees(site, item):
    unit = unit_of(site)
    owner, tenant = pays(unit), pays(unit, MID, kind="property")
    assert [each.payer for each in of(item, unit)] == [payer_of(owner), payer_of(tenant)]


def test_what_cannot_be_worked_out_is_left_out_with_a_reason(site, item):
    assert reasons(of(item, paid_unit(site, None))) == ["no_area"]
    assert reasons(of(item, paid_unit(site), month=date(2019, 12, 1))) == ["no_price"]
    metered = FeeItemFactory(site=site, method="meter", utility="water")
    assert reasons(of(metered, paid_unit(site))) == ["no_meter"]


def test_only_units_of_its_uses_are_charged(site, item):
    item.uses = ["shop"]
    shop, flat = paid_unit(site, use="shop"), paid_unit(site)
    assert [each.unit_id for each in of(item, shop, flat)] == [shop.pk]


def test_a_unit_is_exempt_for_the_days_agreed(site, item):
    unit, other = paid_unit(site, "100"), paid_unit(site, "100")
    FeeAssignment.objects.create(item=item, unit=unit, kind="exempt", begins_on=MID)
    half, whole = of(item, unit, other)
    assert (half.amount, half.ends_on, whole.amount) == (14000, MID, 28000)
    assert reasons(of(item, unit, month=DECEMBER)) == ["exempt"]


def test_an_item_that_is_not_for_all_is_charged_where_it_is_assigned(site, item):
    item.for_all = False
    unit, other = paid_unit(site), paid_unit(site)
    FeeAssignment.objects.create(item=item, unit=unit, kind="charged", begins_on=NOVEMBER)
    assert [each.unit_id for each in of(item, unit, other)] == [unit.pk]


def test_units_of_other_sites_are_not_assessed(item):
    assert of(item, paid_unit(SiteFactory())) == []


def approved(item, kind, percent, **values):
    return Discount.objects.create(
        item=item,
        kind=kind,
        percent=Decimal(percent),
        begins_on=values.pop("begins_on", LONG_AGO),
        reason="decided by the owners' meeting",
        state="approved",
        requested_at=clock.now(),
        requested_by=UserFactory(),
        decided_at=clock.now(),
        decided_by=UserFactory(),
        **values,
    )


def test_a_vacant_unit_pays_less_for_its_vacant_days(site, item):
    approved(item, "vacant", "30")
    unit = paid_unit(site, "100")
    UnitState.objects.create(unit=unit, state="vacant", begins_on=MID)
    (found,) = of(item, unit)
    assert [each["amount"] for each in found.lines] == [28000, -4200]
    assert (found.amount, found.lines[1]["discount"]) == (23800, "vacant")


def test_a_unit_that_pays_nothing_while_vacant_is_left_out(site, item):
    approved(item, "vacant", "100")
    unit = paid_unit(site)
    UnitState.objects.create(unit=unit, state="vacant", begins_on=LONG_AGO)
    assert reasons(of(item, unit)) == ["vacant_exempt"]


def test_a_gift_month_is_left_out_and_a_request_changes_nothing(site, item):
    unit, other = paid_unit(site), paid_unit(site)
    approved(item, "gift", "100", unit=unit, begins_on=NOVEMBER, ends_on=DECEMBER)
    Discount.objects.create(
        item=item,
        kind="gift",
        percent=100,
        begins_on=LONG_AGO,
        requested_at=clock.now(),
        requested_by=UserFactory(),
    )
    assert reasons(of(item, unit, other)) == ["gift_month", ""]


def test_months_paid_ahead_are_cheaper_from_the_number_agreed(site, item):
    approved(item, "ahead", "5", months=12)
    unit = paid_unit(site, "100")
    assert [of(item, unit, ahead=number)[0].amount for number in (1, 11, 12)] == [
        28000,
        28000,
        26600,
    ]


def test_of_several_discounts_the_largest_counts(site, item):
    unit = paid_unit(site, "100")
    UnitState.objects.create(unit=unit, state="vacant", begins_on=LONG_AGO)
    approved(item, "vacant", "10")
    approved(item, "gift", "20", unit=unit)
    assert of(item, unit)[0].amount == 22400


def test_a_part_of_a_shared_cost_is_divided_by_days(site):
    item = FeeItemFactory(site=site, method="shared")
    cost = SharedCost.objects.create(
        item=item,
        month=NOVEMBER,
        amount=1000,
        key="area",
        entered_at=clock.now(),
        entered_by=UserFactory(),
    )
    unit = unit_of(site)
    pays(unit, LONG_AGO, date(2026, 11, 11))
    pays(unit, date(2026, 11, 11))
    other = unit_of(site)
    SharedCostPart.objects.create(cost=cost, unit=unit, weight="1.5", amount=100)
    SharedCostPart.objects.create(cost=cost, unit=other, weight="13.5", amount=900)
    found = of(item, unit)
    assert [each.amount for each in found] == [33, 67]
    part = {"total": 1000, "share": 100, "key": "area", "weight": "1.5", "weights": "15"}
    assert [line["costs"] for each in found for line in each.lines] == [[part], [part]]


def test_the_rent_of_a_lease_follows_its_steps_and_its_days(site):
    item = FeeItemFactory(site=site, method="lease")
    tenant, unit = PersonFactory(site=site), unit_of(site)
    lease = Lease.objects.create(
        site=site, item=item, unit=unit, person=tenant, begins_on=MID, ends_on=date(2027, 1, 11)
    )
    RentStep.objects.create(lease=lease, begins_on=MID, rent=300_000)
    RentStep.objects.create(lease=lease, begins_on=date(2026, 12, 11), rent=310_000)
    (november,), (december,), (january,) = (
        of(item, unit, month=month) for month in (NOVEMBER, DECEMBER, date(2027, 1, 1))
    )
    assert (november.amount, november.payer) == (150_000, ("person", str(tenant.pk)))
    assert [each["amount"] for each in december.lines] == [96774, 210_000]
    assert january.amount == 100_000
    assert of(item, unit, month=date(2027, 2, 1)) == []


def test_more_units_take_no_more_queries(site, item):
    other = FeePriceFactory(item__site=site, item__method="fixed").item
    units = [paid_unit(site) for _ in range(6)]
    approved(item, "vacant", "30")

    def queries(number):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            found = assess(site, [item, other], NOVEMBER, [each.pk for each in units[:number]])
        assert len(found) == 2 * number
        return len(captured)

    assert queries(1) == queries(6)


@given(
    area=st.decimals("0.01", "99999.99", places=2),
    price=st.decimals("0", "9999.999999", places=6),
    cuts=st.sets(st.integers(1, 29)),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_payers_of_a_month_add_up_to_it(area, price, cuts):
    days = [NOVEMBER + timedelta(days=each) for each in sorted({0, *cuts, 30})]
    payers = [Days(low, high, None) for low, high in pairwise(days)]
    whole = Days(NOVEMBER, DECEMBER, price)
    lines = priced(area, whole, payers, 2)
    (alone,) = priced(area, whole, [Days(NOVEMBER, DECEMBER, None)], 2)
    assert sum(each.amount for each in lines) == alone.amount
    assert sum(each.days for each in lines) == 30
