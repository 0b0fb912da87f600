"""Minor units follow ISO 4217, not a library's display digits."""

import pytest
from django.core.exceptions import ValidationError

import pricing.iso4217
from core.currencies import CURRENCIES, exponent, validate_currency

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


@pytest.mark.parametrize("code", ["CNY", "JPY", "KWD", "CLF", "XAF"])
def test_a_currency_of_iso_4217_is_valid(code):
    validate_currency(code)


@pytest.mark.parametrize("code", ["QQQ", "ABC", "XXX", "XAU", "BTC", "cny", "CN", ""])
def test_any_other_code_is_rejected(code):
    with pytest.raises(ValidationError, match="ISO 4217"):
        validate_currency(code)


def test_sites_and_tariffs_know_the_same_currencies():
    """The tariff engine stands alone, so it has a list of its own."""
    assert CURRENCIES == pricing.iso4217.CURRENCIES
