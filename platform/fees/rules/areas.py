"""Fees by area: a whole month, a part of one, and a change of price or owner within one.

Source: property.md 1 to 3. A month is never multiplied before it is rounded, and a part of one is
counted by actual days of its own month.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from fees.rules.amounts import Line, product
from fees.rules.errors import FeeError
from fees.rules.months import PartOfMonth, parts, whole_month

#: A price and the first day on which it applies.
DatedPrice = tuple[date, Decimal]


def monthly(area: Decimal, price: Decimal, exponent: int) -> Line:
    """Return the line of one whole month."""
    return Line(product(area, price, exponent), area, price)


def prorated(
    area: Decimal, price: Decimal, begins_on: date, ends_on: date, exponent: int
) -> list[Line]:
    """Return a line for each month of a period, its end excluded.

    Raises:
        FeeError: the period is empty.
    """
    if begins_on >= ends_on:
        raise FeeError("end_before_begin", "to")
    return [_line(area, price, part, exponent) for part in parts(begins_on, ends_on)]


def at_changing_prices(
    area: Decimal, prices: Sequence[DatedPrice], month: date, exponent: int
) -> list[Line]:
    """Return a line for each price that applies in the month of a day.

    Args:
        prices: by their first day, the earliest first.

    Raises:
        FeeError: two begin on one day or in the wrong order, or none applies on the first day.
    """
    whole = whole_month(month)
    _require_order(prices)
    if not prices or prices[0][0] > whole.begins_on:
        raise FeeError("no_price", "prices")
    ends = [begins_on for begins_on, _price in prices[1:]]
    lines = []
    for (begins_on, price), ends_on in zip(prices, [*ends, whole.ends_on], strict=True):
        part = PartOfMonth(max(begins_on, whole.begins_on), min(ends_on, whole.ends_on))
        if part.days > 0:
            lines.append(_line(area, price, part, exponent))
    return lines


def at_change_of_owner(
    area: Decimal, price: Decimal, handover: date, exponent: int
) -> tuple[Line, Line]:
    """Return the lines of the outgoing and the incoming owner in the month of the handover.

    The outgoing owner pays the days before the handover, the incoming one the rest of the month's
    amount, so that both add up to it.
    """
    whole = whole_month(handover)
    before = PartOfMonth(whole.begins_on, handover)
    after = PartOfMonth(handover, whole.ends_on)
    outgoing = _line(area, price, before, exponent)
    rest = product(area, price, exponent) - outgoing.amount
    return outgoing, Line(rest, area, price, *_explained(after))


def _line(area: Decimal, price: Decimal, part: PartOfMonth, exponent: int) -> Line:
    return Line(product(area, price, exponent, part.share), area, price, *_explained(part))


def _explained(part: PartOfMonth) -> tuple[date, date, int, int]:
    return part.begins_on, part.ends_on, part.days, part.of_days


def _require_order(prices: Sequence[DatedPrice]) -> None:
    for number, (earlier, later) in enumerate(pairwise(prices), start=1):
        if later[0] <= earlier[0]:
            raise FeeError("not_ascending", f"prices[{number}]")
