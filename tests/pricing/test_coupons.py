"""Coupons: minutes, then percent, then amounts, never below 0 (rule 13)."""

from itertools import permutations

import pytest

from pricing import Coupon, StayError, apply_coupons
from tests.pricing.cases import at, tariff

CAFE = "cafe"


def taken(*coupons, exit="14:00"):
    return apply_coupons(tariff(), at("10:00"), at(exit), coupons)


def test_minutes_are_deducted_before_percent_and_amounts_in_any_order():
    coupons = [Coupon("amount", 30, CAFE), Coupon("percent", 50, CAFE), Coupon("minutes", 60, CAFE)]

    for order in permutations(coupons):
        result = taken(*order)
        assert result.amount == 300 - 150 - 30
        assert [(coupon.kind, off) for coupon, off in result.discounts] == [
            ("minutes", 100),
            ("percent", 150),
            ("amount", 30),
        ]


def test_nothing_falls_below_zero():
    assert taken(Coupon("minutes", 9999, CAFE), Coupon("amount", 500, CAFE)).amount == 0
    assert taken(Coupon("percent", 100, CAFE), Coupon("percent", 10, CAFE)).amount == 0


def test_two_coupons_of_minutes_add_up():
    assert taken(Coupon("minutes", 60, CAFE), Coupon("minutes", 120, "cinema")).amount == 100


def test_a_percentage_is_rounded_half_up():
    assert taken(Coupon("amount", 85, CAFE), Coupon("percent", 15, CAFE), exit="11:00").amount == 0
    assert (
        taken(Coupon("percent", 50, CAFE), Coupon("percent", 25, CAFE), exit="11:00").amount == 37
    )


@pytest.mark.parametrize("coupon", [Coupon("amount", -1, CAFE), Coupon("percent", 101, CAFE)])
def test_a_coupon_out_of_range_is_refused(coupon):
    with pytest.raises(StayError):
        taken(coupon)
