"""Amounts in Stripe's unit, which differs from our minor unit in some currencies.

Source: https://docs.stripe.com/currencies, "Minor units in API amounts" and "Special cases". Our
minor unit is ISO 4217's (core.currencies), from which Stripe differs for ISK, UGX and MGA: the
Icelandic króna has no decimals in ISO 4217 and two at Stripe.
"""

from core.currencies import exponent
from core.money import Money

# Stripe writes the króna (ISK) and the Ugandan shilling (UGX) with two places nevertheless.
_NO_PLACES = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"}
    | {"PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THREE_PLACES = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# Stripe accepts no thousandths of a dinar: the last digit must be 0.
_THREE_PLACES_STEP = 10


class AmountError(ValueError):
    """An amount that cannot be expressed in the other unit."""


def to_stripe(money: Money) -> int:
    """Convert an amount to Stripe's unit of its currency.

    Raises:
        AmountError: Stripe cannot collect exactly this amount.
    """
    amount = _scaled(money.minor, _places(money.currency) - _our_places(money.currency), money)
    if money.currency in _THREE_PLACES and amount % _THREE_PLACES_STEP:
        raise AmountError(f"{money}: Stripe accepts no thousandths; round the tariff to hundredths")
    return amount


def from_stripe(amount: int, currency: str) -> Money:
    """Convert Stripe's amount and lower-case currency code to money.

    Raises:
        AmountError: the amount is finer than our minor unit.
    """
    code = currency.upper()
    shift = _our_places(code) - _places(code)
    return Money(_scaled(amount, shift, f"{amount} {currency}"), code)


def _places(currency: str) -> int:
    if currency in _NO_PLACES:
        return 0
    return 3 if currency in _THREE_PLACES else 2


def _our_places(currency: str) -> int:
    return exponent(currency)


def _scaled(amount: int, shift: int, shown: object) -> int:
    if shift >= 0:
        return int(amount * 10**shift)
    whole, rest = divmod(amount, 10**-shift)
    if rest:
        raise AmountError(f"{shown} has more decimals than the other unit")
    return int(whole)
