"""Amounts: exact products that are rounded once to minor units."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

#: Amounts are stored as 64-bit integers.
MAX_MINOR = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Line:
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
    whole = (abs(value) * 2 + 1) // 2
    return int(whole if value >= 0 else -whole)


def minor(value: Fraction | Decimal, exponent: int) -> int:
    """Round an amount in major units to minor units.

    Args:
        exponent: decimals of the currency: 2 for CNY, 0 for JPY.
    """
    return half_up(Fraction(value) * 10**exponent)


def product(quantity: Decimal, price: Decimal, exponent: int, share: Fraction = Fraction(1)) -> int:
    """Return quantity × price × share in minor units, rounded once."""
    return minor(Fraction(quantity) * Fraction(price) * share, exponent)
