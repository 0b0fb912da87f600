"""Money is whole minor units of one currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money, written_price

amounts = st.integers(-(10**12), 10**12)


@given(amounts, amounts)
def test_sums_are_exact(one, other):
    total = Money(one, "CNY") + Money(other, "CNY")
    assert total == Money(one + other, "CNY")
    assert total - Money(other, "CNY") == Money(one, "CNY")


@given(amounts)
def test_the_major_unit_has_the_currencys_decimals(minor):
    assert Money(minor, "CNY").major() * 100 == minor
    assert Money(minor, "JPY").major() == minor
    assert Money(minor, "KWD").major() * 1000 == minor


@pytest.mark.parametrize("wrong", [1.0, "1", True, None])
def test_only_whole_numbers_are_money(wrong):
    with pytest.raises(TypeError, match="minor units"):
        Money(wrong, "CNY")


def test_two_currencies_cannot_be_mixed():
    with pytest.raises(ValueError, match="CNY and EUR"):
        Money(1, "CNY") + Money(1, "EUR")
    with pytest.raises(ValueError, match="CNY and EUR"):
        _ = Money(1, "CNY") < Money(1, "EUR")


@pytest.mark.parametrize(
    ("language", "written"), [("en", "CN¥12.50"), ("zh-hans", "¥12.50"), ("xx", "CN¥12.50")]
)
def test_an_amount_is_formatted_for_the_language(language, written):
    assert Money(1250, "CNY").written(language) == written


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(150000, "HUF"), "HUF1,500.00"),
        (Money(150000, "IDR"), "IDR1,500.00"),
        (Money(150000, "COP"), "COP1,500.00"),
        (Money(150000, "RSD"), "RSD1,500.00"),
        (Money(1500, "ISK"), "ISK1,500"),
        (Money(1500, "JPY"), "¥1,500"),
        (Money(1500, "KWD"), "KWD1.500"),
    ],
)
def test_every_decimal_of_the_minor_unit_is_shown(money, written):
    assert money.written("en").replace("\xa0", "") == written


def test_a_price_keeps_the_decimals_that_an_amount_lacks():
    assert written_price(Decimal("2.8"), "CNY") == "CN¥2.80"
    assert written_price(Decimal("0.617300"), "CNY") == "CN¥0.6173"
    assert written_price(Decimal(300), "JPY") == "¥300"
