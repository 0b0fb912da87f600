"""Conversion of amounts to Stripe's unit and back, for every kind of currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from integrations.stripe.currency import AmountError, from_stripe, to_stripe


@pytest.mark.parametrize(
    ("money", "unit"),
    [
        (Money(1250, "CNY"), 1250),
        (Money(1250, "EUR"), 1250),
        (Money(500, "JPY"), 500),  # no smaller unit, here and there
        (Money(500, "KRW"), 500),
        (Money(20000, "VND"), 20000),
        (Money(7, "ISK"), 700),  # no smaller unit, but Stripe writes two places
        (Money(7, "UGX"), 700),
        (Money(150000, "HUF"), 150000),
        (Money(500, "MGA"), 5),  # two decimals in ISO 4217, none at Stripe
        (Money(1500, "TWD"), 1500),
        (Money(1230, "KWD"), 1230),  # thousandths
    ],
)
def test_an_amount_is_converted_to_stripes_unit(money: Money, unit: int) -> None:
    assert to_stripe(money) == unit
    assert from_stripe(unit, money.currency.lower()) == money


def test_thousandths_that_stripe_does_not_accept_are_refused() -> None:
    with pytest.raises(AmountError, match="no thousandths"):
        to_stripe(Money(1235, "KWD"))


def test_hundredths_that_stripe_does_not_accept_are_refused() -> None:
    with pytest.raises(AmountError, match="more decimals"):
        to_stripe(Money(150, "MGA"))


def test_a_part_of_our_smallest_unit_is_refused() -> None:
    with pytest.raises(AmountError, match="more decimals"):
        from_stripe(150, "isk")


@given(
    st.integers(0, 10**10),
    st.sampled_from(["CNY", "EUR", "USD", "JPY", "KRW", "ISK", "UGX", "HUF", "RSD", "XOF"]),
)
def test_an_amount_converted_there_and_back_is_unchanged(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert from_stripe(to_stripe(money), currency.lower()) == money
