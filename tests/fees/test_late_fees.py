"""Late fees: posted by month or when paid, capped, waived by a second person above a limit."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.bill_accounts import lines_of
from billing.explanations import explain
from billing.models import Bill, BillingSettings, Charge
from billing.outstanding import amount_due, bills, credit_balance, owed_by
from billing.ports import is_penalty, source_of
from billing.services import CorrectedLine, bill_charges, rebill
from core import clock
from core.errors import Rejection
from fees.late_fees import post_late_fees
from fees.models import FeeItem
from fees.rules.late_fees import Paid, accrued, of_payments
from fees.services.items import set_late_fee
from fees.services.waivers import approve_waiver, refuse_waiver, request_waiver
from tests.billing.books import standing
from tests.billing.club_fees import pay
from tests.factories import FeePriceFactory, SiteFactory
from tests.fees.runs_of_site import issue, preview
from tests.fees.units import payer_of, pays, unit_of
from tests.gate import staff

pytestmark = pytest.mark.django_db
RATE = Decimal("0.001")
# The bill of 1,000.00 is due on 30 November.
DUE, NEW_YEAR = date(2026, 11, 30), date(2027, 1, 1)


@pytest.fixture(autouse=True)
def calendar(monkeypatch):
    """Lets a test choose the day on which things happen at the site."""

    def turn_to(day: date) -> None:
        at = datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: at)

    turn_to(date(2026, 11, 1))
    return turn_to


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def owner(site):
    """Who owes 1,000.00 for November."""
    item = FeePriceFactory(item__site=site, price=Decimal(10)).item
    set_late_fee(item, staff(), rate_per_day=RATE)
    unit = unit_of(site, area="100")
    owner = pays(unit)
    issue(preview(site, item))
    return payer_of(owner)


@pytest.fixture
def fee():
    return Charge.objects.get(source_type="fee")


def posted():
    rows = Charge.objects.filter(source_type="late_fee", revision=0).order_by("pk")
    return list(rows.values_list("period", "amount"))


def change_rule(**values):
    fee = Charge.objects.get(source_type="fee")
    item = FeeItem.objects.get(pk=fee.source_id.split("-")[0])
    set_late_fee(item, staff(), **{"rate_per_day": RATE, **values})


def test_the_days_of_a_month_are_posted_once_it_has_ended(site, owner, calendar):
    calendar(DUE)
    assert post_late_fees(site, DUE) == 0
    calendar(date(2026, 12, 31))
    post_late_fees(site, date(2026, 12, 31))
    assert posted() == [("2026-11", 100)]


def test_what_has_accrued_is_posted_once_when_the_month_ends(site, owner, fee, calendar):
    calendar(NEW_YEAR)
    assert post_late_fees(site, NEW_YEAR) == 1
    assert post_late_fees(site, NEW_YEAR) == 0
    # 32 days from 30 November at 1.00 a day.
    assert posted() == [("2026-12", 3200)]
    assert standing(site)["penalty_income"] == -3200
    late = Charge.objects.get(source_type="late_fee")
    assert (late.payer_type, late.payer_id) == owner
    assert is_penalty(late.source_type)


def test_each_month_posts_what_was_added(site, owner, calendar):
    for day in (NEW_YEAR, date(2027, 2, 1)):
        calendar(day)
        post_late_fees(site, day)
    assert posted() == [("2026-12", 3200), ("2027-01", 3100)]


def test_a_payment_ends_it_and_is_posted_the_next_day(site, owner, fee, calendar):
    calendar(date(2026, 12, 10))
    pay(site, 100_000, fee, payer=owner)
    calendar(date(2026, 12, 11))
    assert post_late_fees(site, date(2026, 12, 11)) == 1
    assert posted() == [("2026-12", 1000)]
    calendar(NEW_YEAR)
    assert post_late_fees(site, NEW_YEAR) == 0


def test_only_what_is_unpaid_accrues(site, owner, fee, calendar):
    calendar(date(2026, 12, 10))
    pay(site, 60_000, fee, payer=owner)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    # 10 days on 1,000.00, then 22 days on 400.00.
    assert posted() == [("2026-12", 1000 + 880)]


def test_days_of_grace_do_not_count(site, owner, calendar):
    change_rule(grace_days=10)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    assert posted() == [("2026-12", 2200)]


def test_the_fee_never_exceeds_its_cap(site, owner, calendar):
    change_rule(cap=Decimal(2))
    for day in (NEW_YEAR, date(2027, 2, 1)):
        calendar(day)
        post_late_fees(site, day)
    assert posted() == [("2026-12", 2000)]


def test_a_bill_that_was_corrected_accrues_from_its_own_due_date(site, owner, calendar):
    bill = Bill.objects.get()
    corrected = {bill.lines.get().pk: CorrectedLine(50_000, [])}
    due_on = date(2026, 12, 15)
    rebill(bill, staff(), corrected, reason="wrong area", due_on=due_on)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    # 17 days from 15 December at 0.50 a day.
    assert posted() == [("2026-12", 850)]


def test_an_item_without_a_rule_has_none(site, owner, calendar):
    change_rule(rate_per_day=None)
    calendar(NEW_YEAR)
    assert post_late_fees(site, NEW_YEAR) == 0


def test_it_is_explained_with_its_rate_and_days(site, owner, calendar):
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    (line,) = explain(late, late.lines, late.amount)
    assert line.how == "0.1 % a day, 2026-11-30 – 2026-12-31"
    assert source_of(late).title(late, "en").startswith("Late fee: Fee")


def test_a_small_waiver_takes_effect_at_once(site, owner, calendar):
    BillingSettings.objects.create(site=site, waiver_limit=1000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    waiver = request_waiver(late, staff(), amount=1000, reason="hardship")
    assert waiver.state == "approved"
    assert [each.money.minor for each in owed_by(site, owner)] == [100_000, 2200]


def test_a_waiver_above_the_limit_needs_a_second_person(site, owner, calendar):
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    waiver = request_waiver(late, staff("a"), amount=3200, reason="hardship")
    assert standing(site)["penalty_income"] == -3200
    with pytest.raises(Rejection, match="requested this yourself"):
        approve_waiver(waiver, staff("a"))
    approve_waiver(waiver, staff("b"))
    assert "penalty_income" not in standing(site)
    with pytest.raises(Rejection, match="decided already"):
        refuse_waiver(waiver, staff("b"))


def test_several_small_waivers_of_a_fee_count_together(site, owner, calendar):
    BillingSettings.objects.create(site=site, waiver_limit=1000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    states = [
        request_waiver(late, staff("a"), amount=amount, reason="hardship").state
        for amount in (600, 400, 1)
    ]
    assert states == ["approved", "approved", "requested"]


@pytest.mark.parametrize(("day", "state"), [(1, "requested"), (4, "approved")])
def test_small_waivers_of_a_payer_count_together_for_a_day(site, owner, calendar, day, state):
    BillingSettings.objects.create(site=site, waiver_limit=1000)
    for month in (NEW_YEAR, date(2027, 2, 1)):
        calendar(month)
        post_late_fees(site, month)
    first, second = Charge.objects.filter(source_type="late_fee").order_by("pk")
    values = {"amount": 600, "reason": "hardship"}
    assert request_waiver(first, staff("a"), **values).state == "approved"
    calendar(date(2027, 2, day))
    assert request_waiver(second, staff("a"), **values).state == state


def test_a_bill_of_a_late_fee_owes_what_is_left_after_a_waiver(site, owner, calendar):
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    bill = bill_charges(site, owner, [late], staff(), due_on=date(2027, 1, 31))
    request_waiver(late, staff(), amount=3000, reason="hardship")
    assert amount_due(bill).minor == 200
    assert bills(site).get(pk=bill.pk).owed == 200
    assert [each.owed for each in lines_of(bill)] == [200]
    pay(site, 200, late, payer=owner)
    assert bills(site).get(pk=bill.pk).state == "settled"


def test_a_bill_of_a_late_fee_that_is_waived_in_full_is_credited(site, owner, calendar):
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    bill = bill_charges(site, owner, [late], staff(), due_on=date(2027, 1, 31))
    request_waiver(late, staff(), amount=3200, reason="our mistake")
    assert bills(site).get(pk=bill.pk).state == "credited"


def test_a_waiver_that_is_refused_changes_nothing(site, owner, calendar):
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    refuse_waiver(request_waiver(late, staff("a"), amount=100, reason="x"), staff("b"))
    assert standing(site)["penalty_income"] == -3200


def test_a_fee_that_is_waived_after_it_was_paid_becomes_credit(site, owner, calendar):
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    pay(site, 3200, late, payer=owner)
    request_waiver(late, staff(), amount=3200, reason="our mistake")
    assert credit_balance(site, owner).minor == 3200


@pytest.mark.parametrize("values", [{"amount": 0}, {"amount": 3201}, {"amount": 1, "reason": " "}])
def test_a_waiver_is_within_the_fee_and_has_a_reason(site, owner, calendar, values):
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    with pytest.raises(Rejection):
        request_waiver(late, staff(), **{"reason": "x", **values})


def test_a_waived_amount_is_not_posted_again(site, owner, calendar):
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    request_waiver(Charge.objects.get(source_type="late_fee"), staff(), amount=3200, reason="x")
    calendar(date(2027, 2, 1))
    post_late_fees(site, date(2027, 2, 1))
    assert posted()[1:] == [("2027-01", 3100)]


@given(
    st.integers(1, 10**9),
    st.lists(st.tuples(st.integers(-30, 400), st.integers(1, 10**9)), max_size=5),
)
def test_all_that_accrues_until_the_last_payment_is_the_fee_of_the_rules(principal, paid):
    payments = [Paid(DUE + timedelta(days=days), amount) for days, amount in paid]
    payments.append(Paid(DUE + timedelta(days=401), None))
    until = payments[-1].on
    expected = of_payments(principal, RATE, DUE, payments)
    assert [accrued(principal, RATE, DUE, payments, until)] == expected
