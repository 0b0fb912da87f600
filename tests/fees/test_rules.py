"""Laws of the rules of property fees."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fees.rules import areas, late_fees, shares, tiers, vat
from fees.rules.amounts import half_up, product
from fees.rules.late_fees import LATE_FEE_FIRST, PRINCIPAL_FIRST, Paid
from fees.rules.months import first_after, parts
from fees.rules.tiers import Tier

AREAS = st.decimals("0", "5000", places=2)
PRICES = st.decimals("0", "100", places=4)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
AMOUNTS = st.integers(0, 10**9)
DUE = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("value", "rounded"), [("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("-0.5", -1), ("0.5", 1)]
)
def test_halves_are_rounded_away_from_zero(value, rounded):
    assert half_up(Fraction(value)) == rounded


@given(AREAS, PRICES, DAYS)
def test_both_owners_of_a_month_pay_its_amount_together(area, price, handover):
    outgoing, incoming = areas.at_change_of_owner(area, price, handover, 2)
    assert outgoing.amount + incoming.amount == areas.monthly(area, price, 2).amount
    assert outgoing.days + incoming.days == outgoing.of_days
    assert outgoing.amount >= 0 <= incoming.amount


@given(DAYS, st.integers(1, 900))
def test_the_parts_of_a_period_adjoin_and_lie_within_a_month_each(begins_on, length):
    ends_on = begins_on + timedelta(days=length)
    found = list(parts(begins_on, ends_on))
    assert (found[0].begins_on, found[-1].ends_on) == (begins_on, ends_on)
    assert sum(part.days for part in found) == length
    assert all(0 < part.share <= 1 for part in found)


def test_whole_months_cost_the_monthly_amount_in_a_leap_year_too():
    lines = areas.prorated(Decimal("89.63"), Decimal("2.80"), date(2024, 1, 1), date(2025, 1, 1), 2)
    assert [line.amount for line in lines] == [25096] * 12
    assert lines[1].of_days == 29


@given(AREAS, PRICES, PRICES, st.integers(1, 30))
def test_prices_of_a_month_are_charged_by_their_days(area, old, new, day):
    prices = [(date(2025, 1, 1), old), (date(2026, 6, day), new)]
    lines = areas.at_changing_prices(area, prices, date(2026, 6, 15), 2)
    assert sum(line.days for line in lines) == 30
    assert {line.price for line in lines} <= {old, new}
    exact = area * (old * (day - 1) + new * (31 - day)) / 30 * 100
    assert abs(sum(line.amount for line in lines) - exact) <= 1


@given(st.decimals("0", "500", places=1), st.lists(st.decimals("0", "50", places=1), max_size=8))
def test_tiers_depend_on_the_running_total_and_not_on_its_steps(before, steps):
    stepped = [
        Tier(Decimal(180), Decimal(5)),
        Tier(Decimal(260), Decimal(7)),
        Tier(None, Decimal(9)),
    ]
    quantities = [Decimal(0)] * 3
    total = before
    for used in steps:
        for line in tiers.stepped(total, used, stepped, 2):
            quantities[line.tier] += line.quantity
        total += used
    at_once = {line.tier: line.quantity for line in tiers.stepped(before, sum(steps), stepped, 2)}
    assert quantities == [at_once.get(index, Decimal(0)) for index in range(3)]


@given(AMOUNTS, st.lists(st.tuples(st.integers(-20, 900), AMOUNTS), min_size=1, max_size=6))
def test_late_fees_never_exceed_the_principal_in_any_order_of_payments(principal, payments):
    paid = [Paid(DUE + timedelta(days=days), amount) for days, amount in payments]
    for order in (PRINCIPAL_FIRST, LATE_FEE_FIRST):
        fees = late_fees.of_payments(principal, Decimal("0.003"), DUE, paid, order=order)
        backwards = late_fees.of_payments(
            principal, Decimal("0.003"), DUE, sorted(paid, key=lambda each: each.on), order=order
        )
        assert 0 <= sum(fees) <= principal
        assert fees == backwards


@given(AMOUNTS, st.integers(1, 900))
def test_one_payment_of_all_has_the_fee_of_its_days(principal, days):
    paid = [Paid(DUE + timedelta(days=days), None)]
    expected = [late_fees.of_days(principal, Decimal("0.0005"), days)]
    for order in (PRINCIPAL_FIRST, LATE_FEE_FIRST):
        rate = Decimal("0.0005")
        assert late_fees.of_payments(principal, rate, DUE, paid, order=order) == expected


@given(st.integers(-(10**12), 10**12), st.decimals("0", "1", places=4))
def test_net_and_tax_add_up_to_the_gross_amount(gross, rate):
    net, tax = vat.split(gross, rate)
    assert net + tax == gross
    assert abs(net * (1 + Fraction(rate)) - gross) <= Fraction(1, 2) * (1 + Fraction(rate))


@given(AMOUNTS, st.lists(st.decimals("0", "5000", places=2), min_size=1).filter(any))
def test_shares_add_up_and_are_within_one_unit_of_the_exact_part(amount, weights):
    found = shares.divide(amount, weights)
    assert sum(found) == amount
    total = Fraction(sum(weights))
    for share, weight in zip(found, weights, strict=True):
        assert abs(share - amount * Fraction(weight) / total) < 1


@given(AREAS, PRICES)
def test_an_amount_is_the_product_rounded_once(area, price):
    assert abs(product(area, price, 2) - Fraction(area) * Fraction(price) * 100) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2026, 1, 15), 0, date(2026, 1, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2026, 3, 1), 22, date(2028, 1, 1)),
    ],
)
def test_months_are_counted_across_years(day, months, first):
    assert first_after(day, months) == first
