"""Amounts: exact products that are rounded once to minor units."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

#: Amounts are stored as 64-bit integers.
MAX_MINOR = 2**63 - 1


class Line(NamedTuple):
    """One line of a bill, with the numbers that explain its amount.

    Attributes:
        amount: in minor units.
        quantity: area, consumption or number of pieces.
        price: of one unit of the quantity, in major units.
        begins_on, ends_on: the days it covers, the end excluded; None where it has no period.
        days, of_days: days charged, and days of the whole month.
        tier: the index of the tier of the price, from 0.
    """

    amount: int
    quantity: Decimal
    price: Decimal
    begins_on: date | None = None
    ends_on: date | None = None
    days: int | None = None
    of_days: int | None = None
    tier: int | None = None


def half_up(value: Fraction) -> int:
    """Round to the nearest integer, .5 away from zero."""
    return half_up_ratio(value.numerator, value.denominator)


def half_up_ratio(numerator: int, denominator: int) -> int:
    """Round a ratio as `half_up` does, without the cost of a fraction.

    Args:
        denominator: above zero.
    """
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def minor(value: Fraction | Decimal, exponent: int) -> int:
    """Round an amount in major units to minor units.

    Args:
        exponent: decimals of the currency: 2 for CNY, 0 for JPY.
    """
    return half_up(Fraction(value) * 10**exponent)


def product(quantity: Decimal, price: Decimal, exponent: int, share: Fraction | None = None) -> int:
    """Return quantity × price × share in minor units, rounded once; all of it without a share."""
    many, part = quantity.as_integer_ratio(), price.as_integer_ratio()
    numerator, denominator = many[0] * part[0] * 10**exponent, many[1] * part[1]
    if share is not None:
        numerator, denominator = numerator * share.numerator, denominator * share.denominator
    return half_up_ratio(numerator, denominator)
