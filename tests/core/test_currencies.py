"""Minor units follow ISO 4217, not a library's display digits."""

import pytest

from core.currencies import exponent

# https://docs.stripe.com/currencies, "Zero-decimal currencies"; MGA has two decimals in ISO 4217.
STRIPE_ZERO = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
STRIPE_THREE = ["BHD", "JOD", "KWD", "OMR", "TND"]
# https://docs.stripe.com/currencies, "Special cases": two decimals at Stripe, none in ISO 4217.
STRIPE_SPECIAL = ["ISK", "UGX"]


@pytest.mark.parametrize("currency", [*STRIPE_ZERO, *STRIPE_SPECIAL])
def test_currencies_without_a_minor_unit(currency):
    assert exponent(currency) == 0


@pytest.mark.parametrize("currency", [*STRIPE_THREE, "IQD", "LYD"])
def test_currencies_with_three_decimals(currency):
    assert exponent(currency) == 3


@pytest.mark.parametrize("currency", ["CNY", "EUR", "HUF", "IDR", "COP", "RSD", "MGA", "LBP"])
def test_every_other_currency_has_two_decimals(currency):
    assert exponent(currency) == 2
