"""Discounts with a second person, leases with steps, shared costs, and single charges."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Bill, Charge, Deposit, LedgerLine
from billing.ports import source_of
from core.models import AuditEntry
from estate.ports import usages_of
from fees.assessment import assess
from fees.models import Discount, FeeItem, Lease, SharedCostPart
from fees.rules.shares import divide
from fees.services import agreements, leases, shared_costs
from fees.services.agreements import NewDiscount
from fees.services.leases import NewLease, NewStep
from fees.services.single_charges import SingleCharge, charge_once
from tests.billing.vat_rates import vat_rate
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

db = pytest.mark.django_db
MID = date(2026, 11, 16)


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site).item


def request(item, actor, **values):
    given_values = {"kind": "gift", "percent": Decimal(50), "begins_on": NOVEMBER, "reason": "x"}
    return agreements.request_discount(item, actor, NewDiscount(**given_values | values))


@db
def test_a_discount_counts_once_a_second_person_has_approved_it(site, item):
    unit, clerk, manager = paid_unit(site, "100"), UserFactory(), UserFactory()
    discount = request(item, clerk, unit=unit)
    assert assess(site, [item], NOVEMBER, [unit.pk])[0].amount == 28000
    assert rejected(agreements.approve_discount, discount, clerk) == (
        "discount",
        "second_person",
    )
    agreements.approve_discount(discount, manager)
    assert assess(site, [item], NOVEMBER, [unit.pk])[0].amount == 14000
    assert rejected(agreements.approve_discount, discount, manager) == ("discount", "decided")
    agreements.end_discount(discount, manager, MID)
    assert assess(site, [item], NOVEMBER, [unit.pk])[0].amount == 21000


@db
def test_a_refusal_has_a_reason_and_a_request_is_complete(item):
    discount = request(item, UserFactory())
    assert rejected(agreements.refuse_discount, discount, UserFactory(), " ")[0] == "reason"
    assert agreements.refuse_discount(discount, UserFactory(), "no").state == "refused"
    for field, values in {
        "percent": {"percent": Decimal(101)},
        "months": {"kind": "ahead"},
        "ends_on": {"ends_on": NOVEMBER},
        "reason": {"reason": ""},
        "unit": {"unit": unit_of(SiteFactory())},
    }.items():
        assert rejected(request, item, UserFactory(), **values)[0] == field
    assert Discount.objects.count() == 1


@db
def test_a_unit_is_assigned_once_a_day_and_exempt_for_a_reason(site, item):
    unit = unit_of(site)
    values = {"unit": unit, "kind": "exempt", "begins_on": NOVEMBER}
    assert rejected(agreements.assign_unit, item, staff(), **values)[0] == "reason"
    agreements.assign_unit(item, staff(), reason="caretaker's flat", **values)
    again = rejected(agreements.assign_unit, item, staff(), reason="again", **values)
    assert again == ("begins_on", "overlaps")


def lease_of(item, unit, **values):
    steps = [NewStep(MID, 300_000), NewStep(date(2026, 12, 16), 330_000)]
    given_values = {"unit": unit, "begins_on": MID, "steps": steps, "ends_on": date(2027, 1, 16)}
    return NewLease(**given_values | {"tenant": CompanyFactory(site=item.site)} | values)


@db
def test_the_preview_of_a_lease_shows_what_each_month_will_cost(site):
    item, unit = FeeItemFactory(site=site, method="lease"), unit_of(site)
    new = lease_of(item, unit, deposit=600_000)
    shown = leases.preview(item, new)
    assert [(each.days, each.amount) for each in shown] == [
        (15, 150_000),
        (31, 145_161 + 170_323),
        (15, 159_677),
    ]
    lease = leases.add_lease(item, staff(), new)
    assert leases.months_of_rent(lease) == shown
    charged = [assess(site, [item], each.month, [unit.pk])[0].amount for each in shown]
    assert charged == [each.amount for each in shown]
    assert Deposit.objects.get().payer == ("company", str(lease.company_id))


@db
def test_a_unit_is_let_once_at_a_time_and_cannot_end_before(site):
    item, unit = FeeItemFactory(site=site, method="lease"), unit_of(site)
    lease = leases.add_lease(item, staff(), lease_of(item, unit, ends_on=None))
    again = lease_of(item, unit, begins_on=DECEMBER, steps=[NewStep(DECEMBER, 1)], ends_on=None)
    assert rejected(leases.add_lease, item, staff(), again) == ("begins_on", "overlaps")
    assert [usage.blocks for usage in usages_of(unit)] == [True]
    leases.end_lease(lease, staff(), DECEMBER)
    assert leases.add_lease(item, staff(), again)
    assert rejected(leases.end_lease, lease, staff(), date(2027, 1, 1)) == (
        "ends_on",
        "has_ended",
    )


@db
def test_steps_of_a_rent_begin_with_the_lease_and_ascend(site):
    item, unit = FeeItemFactory(site=site, method="lease"), unit_of(site)
    for steps in ([], [NewStep(DECEMBER, 1)], [NewStep(MID, 1), NewStep(MID, 2)]):
        new = lease_of(item, unit, steps=steps)
        assert rejected(leases.preview, item, new) == ("steps", "not_ascending")
    stranger = lease_of(item, unit, tenant=PersonFactory())
    assert rejected(leases.add_lease, item, staff(), stranger) == ("person", "unknown")
    assert not Lease.objects.exists()


@db
def test_a_shared_cost_is_divided_among_the_units(site):
    item = FeeItemFactory(site=site, method="shared", uses=["flat"])
    first = unit_of(site, "50")
    units = [first, unit_of(site, "100", building=first.building), unit_of(site, None)]
    unit_of(site, "100", use="shop")
    values = {"month": MID, "amount": 1000, "key": "area"}
    cost = shared_costs.enter_cost(item, UserFactory(), **values)
    assert cost.month == NOVEMBER
    parts = SharedCostPart.objects.filter(cost=cost).order_by("unit")
    assert [(each.unit, each.amount) for each in parts] == list(
        zip(units, [333, 667, 0], strict=True)
    )
    again = rejected(shared_costs.enter_cost, item, UserFactory(), **values)
    assert again == ("month", "already_entered")
    shared_costs.withdraw_cost(cost, UserFactory())
    values |= {"key": "equal", "building": first.building}
    cost = shared_costs.enter_cost(item, UserFactory(), **values)
    assert [each.amount for each in cost.parts.order_by("unit")] == [500, 500]


@db
def test_a_shared_cost_needs_something_to_divide_it_by(site):
    item = FeeItemFactory(site=site, method="shared", utility="water")
    unit_of(site, None)
    for key in ("area", "usage"):
        values = {"month": NOVEMBER, "amount": 1000, "key": key}
        assert rejected(shared_costs.enter_cost, item, UserFactory(), **values)[0] == "key"
    item.charged_until = DECEMBER
    item.save()
    values = {"month": NOVEMBER, "amount": 1000, "key": "equal"}
    late = rejected(shared_costs.enter_cost, item, UserFactory(), **values)
    assert late == ("month", "charged_already")


@db
def test_a_single_charge_is_billed_at_once(site):
    item = FeeItemFactory(site=site, method="one_off", vat_rate=Decimal(6))
    payer, unit = PersonFactory(site=site), unit_of(site)
    pane = SingleCharge(payer=payer, amount=10_600, description="Broken pane", unit=unit)
    bill = charge_once(item, UserFactory(), pane)
    assert (bill.total, bill.vat_total, bill.unit) == (10_600, 600, unit)
    charge = Charge.objects.get()
    source = source_of(charge)
    assert source.title(charge, "en") == "Broken pane"
    assert [fact.text for fact in source.receipt_facts(charge)][1] == str(unit)
    assert AuditEntry.objects.filter(action="charge once").exists()


@db
def test_a_single_charge_without_a_rate_of_its_fee_has_that_of_the_organisation(site):
    item = FeeItemFactory(site=site, method="one_off", vat_rate=None)
    vat_rate(site, "9", item.income)
    pane = SingleCharge(payer=PersonFactory(site=site), amount=10_900, description="Broken pane")
    bill = charge_once(item, UserFactory(), pane)
    assert bill.vat_total == 900
    assert Charge.objects.get().vat_rate == 9


@db
@pytest.mark.parametrize("income", FeeItem.Income.values)
def test_a_single_charge_is_posted_to_the_income_account_of_its_fee(site, income):
    item = FeeItemFactory(site=site, method="one_off", income=income)
    keys = SingleCharge(payer=PersonFactory(site=site), amount=100, description="Keys")
    charge_once(item, UserFactory(), keys)
    assert -100 in LedgerLine.objects.filter(account__code=income).values_list("amount", flat=True)


@db
def test_a_single_charge_says_what_for_and_whom(site):
    item = FeeItemFactory(site=site, method="one_off")
    fine = {"payer": PersonFactory(site=site), "amount": 100, "description": "Keys"}
    for field, values in {
        "amount": {"amount": 0},
        "description": {"description": " "},
        "person": {"payer": PersonFactory()},
        "unit": {"unit": unit_of(SiteFactory())},
    }.items():
        found = rejected(charge_once, item, UserFactory(), SingleCharge(**fine | values))
        assert found[0] == field
    assert not Bill.objects.exists()


@given(
    st.integers(1, 10**12),
    st.lists(st.decimals(0, 9999, places=2), min_size=1, max_size=40).filter(any),
)
def test_parts_of_a_cost_add_up_and_differ_by_one_unit_at_most(amount, weights):
    parts = divide(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    shares = [amount * weight / total for weight in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))
