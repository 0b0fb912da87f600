"""What fees reject: each rejection names its field and code, and changes nothing."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Deposit
from core.models import AuditEntry
from fees.models import FeeAssignment, FeePrice, SharedCost
from fees.rules.tiers import Tier
from fees.services import agreements, ahead, items, leases, prices, shared_costs
from fees.services.agreements import NewDiscount
from fees.services.leases import NewLease, NewStep
from fees.services.single_charges import SingleCharge, ask_for_deposit, charge_once
from tests.factories import (
    CompanyFactory,
    FeeItemFactory,
    FeePriceFactory,
    PersonFactory,
    SiteFactory,
    UserFactory,
)
from tests.fees.units import DECEMBER, NOVEMBER, paid_unit, unit_of
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
NEW_YEAR = date(2027, 1, 1)
TIERS = [Tier(Decimal(180), Decimal(5)), Tier(None, Decimal(7))]


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    """A fee by area, whose price begins long ago."""
    return FeePriceFactory(item__site=site).item


def decided(state, discount):
    if state == "approved":
        agreements.approve_discount(discount, UserFactory())
    elif state == "refused":
        agreements.refuse_discount(discount, UserFactory(), "too much")


@pytest.mark.parametrize("state", ["requested", "refused", "approved"])
def test_a_discount_ends_once_and_within_its_days(item, state):
    new = NewDiscount(kind="gift", percent=Decimal(50), begins_on=NOVEMBER, reason="opening")
    discount = agreements.request_discount(item, UserFactory(), new)
    decided(state, discount)
    values = (discount, staff())
    early = rejected(agreements.end_discount, *values, NOVEMBER)
    assert early == ("ends_on", "end_before_begin")
    if state == "approved":
        assert agreements.end_discount(*values, DECEMBER).ends_on == DECEMBER
    for day in (DECEMBER, NEW_YEAR):
        assert rejected(agreements.end_discount, *values, day) == ("ends_on", "has_ended")


def test_a_unit_is_assigned_to_a_fee_once_for_the_same_days(site, item):
    unit = unit_of(site)
    values = {"unit": unit, "kind": FeeAssignment.Kind.CHARGED, "begins_on": NOVEMBER}
    agreements.assign_unit(item, staff(), **values, ends_on=DECEMBER)
    found = rejected(agreements.assign_unit, item, staff(), **values)
    assert found == ("begins_on", "overlaps")
    agreements.assign_unit(item, staff(), **values | {"begins_on": DECEMBER})
    assert FeeAssignment.objects.count() == 2


def test_a_fee_that_has_ended_takes_no_price_no_unit_and_no_charge(site, item):
    items.end_item(item, staff())
    payer = PersonFactory(site=site)
    single = SingleCharge(payer=payer, amount=100, description="keys")
    assignment = {"unit": unit_of(site), "kind": "charged", "begins_on": NOVEMBER}
    for call, values in (
        (items.end_item, {}),
        (prices.set_price, {"begins_on": NOVEMBER, "price": Decimal(1)}),
        (agreements.assign_unit, assignment),
        (items.set_late_fee, {"rate_per_day": Decimal("0.001")}),
        (ask_for_deposit, {"payer": payer, "amount": 100}),
        (ahead.charge_ahead, {"unit": unit_of(site), "month": NOVEMBER, "months": 2}),
    ):
        assert rejected(call, item, UserFactory(), **values) == ("item", "has_ended"), call
    assert rejected(charge_once, item, UserFactory(), single) == ("item", "has_ended")


@pytest.mark.parametrize(
    ("method", "values", "problem"),
    [
        ("area", {"price": Decimal(-1)}, ("price", "out_of_range")),
        ("area", {"price": Decimal("NaN")}, ("price", "out_of_range")),
        ("area", {"price": Decimal("0.0000001")}, ("price", "out_of_range")),
        ("area", {"price": None}, ("price", "missing")),
        ("area", {"price": None, "tiers": TIERS}, ("tiers", "not_metered")),
        ("meter", {"price": Decimal(1), "tiers": TIERS}, ("price", "missing")),
        ("meter", {"price": None, "tiers": TIERS[::-1]}, ("tiers", "last_tier_has_an_end")),
        ("lease", {"price": Decimal(1)}, ("price", "no_price")),
        ("one_off", {"price": Decimal(1)}, ("price", "no_price")),
    ],
)
def test_a_price_fits_the_method_of_its_fee(site, method, values, problem):
    item = FeeItemFactory(site=site, method=method, utility="water" if method == "meter" else "")
    assert rejected(prices.set_price, item, staff(), begins_on=NOVEMBER, **values) == problem
    assert not FeePrice.objects.exists()


def lease_of(site, **values) -> NewLease:
    usual = {
        "unit": unit_of(site),
        "tenant": CompanyFactory(site=site),
        "begins_on": NOVEMBER,
        "steps": [NewStep(NOVEMBER, 100_000)],
    }
    return NewLease(**usual | values)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"ends_on": NOVEMBER}, ("ends_on", "end_before_begin")),
        ({"ends_on": date(2226, 11, 1)}, ("ends_on", "too_long")),
        ({"steps": [NewStep(NOVEMBER, -1)]}, ("steps", "out_of_range")),
        ({"deposit": -1}, ("steps", "out_of_range")),
    ],
)
def test_a_lease_has_days_and_rents_in_order(site, values, problem):
    item = FeeItemFactory(site=site, method="lease")
    assert rejected(leases.add_lease, item, staff(), lease_of(site, **values)) == problem
    assert not Deposit.objects.exists()


def test_a_lease_is_of_a_tenant_and_a_unit_of_the_site(site):
    item, other = FeeItemFactory(site=site, method="lease"), SiteFactory()
    for field, values in {
        "person": {"tenant": CompanyFactory(site=other)},
        "unit": {"unit": unit_of(other)},
    }.items():
        found = rejected(leases.add_lease, item, staff(), lease_of(site, **values))
        assert found[0] == field


@pytest.mark.parametrize("amount", [0, -5])
def test_a_cost_to_share_is_above_zero(site, amount):
    item = FeeItemFactory(site=site, method="shared")
    values = {"month": NOVEMBER, "amount": amount, "key": SharedCost.Key.EQUAL}
    assert rejected(shared_costs.enter_cost, item, staff(), **values) == ("amount", "not_positive")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("method", "months", "problem"),
    [
        ("shared", 2, ("item", "not_ahead")),
        ("area", 0, ("months", "out_of_range")),
    ],
)
def test_only_what_is_known_is_charged_ahead(site, method, months, problem):
    item = FeeItemFactory(site=site, method=method, utility="water")
    values = {"unit": paid_unit(site), "month": NOVEMBER, "months": months}
    assert rejected(ahead.charge_ahead, item, staff(), **values) == problem


def test_only_a_fee_entered_by_hand_is_charged_once_and_only_a_deposit_asked_for(site, item):
    payer = PersonFactory(site=site)
    once = SingleCharge(payer=payer, amount=100, description="Keys")
    assert rejected(charge_once, item, staff(), once) == ("item", "other_method")
    values = {"payer": payer, "amount": 100}
    assert rejected(ask_for_deposit, item, staff(), **values) == ("item", "other_method")
    assert not Deposit.objects.exists()
