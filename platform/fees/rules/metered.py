"""Metered fees: consumption between two readings, in the tiers of its year.

Source: property.md 4 and 5. Tiers count the consumption of a calendar year, or of a month. Where
two readings lie in different years, or somebody else begins to pay between them, their consumption
is divided by days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from fees.rules.amounts import Line, product
from fees.rules.tiers import Tier, stepped

_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Mark:
    """What was consumed at a point until a day, counted from any beginning."""

    day: date
    used: Decimal


def used_until(marks: Sequence[Mark], day: date) -> Decimal:
    """Return the consumption until a day; between two marks it grows evenly by days.

    Args:
        marks: at least one, by day.
    """
    before = [each for each in marks if each.day <= day]
    after = [each for each in marks if each.day > day]
    if not before or not after:
        return (before[-1] if before else after[0]).used
    low, high = before[-1], after[0]
    share = Decimal((day - low.day).days) / Decimal((high.day - low.day).days)
    grown = (high.used - low.used) * share
    return low.used + grown.quantize(_STEP, ROUND_HALF_UP)


def by_year(begin: Mark, end: Mark, marks: Sequence[Mark]) -> Iterator[tuple[Mark, Mark]]:
    """Split a consumption at each beginning of a year between its two marks."""
    for year in range(begin.day.year + 1, end.day.year + 1):
        first = date(year, 1, 1)
        if begin.day < first < end.day:
            cut = Mark(first, used_until(marks, first))
            yield begin, cut
            begin = cut
    yield begin, end


def in_tiers_of_year(
    begin: Mark,
    end: Mark,
    marks: Sequence[Mark],
    tiers: Sequence[Tier],
    exponent: int,
    *,
    counts_from: date,
) -> list[Line]:
    """Return the lines of a consumption by the running totals of its years.

    Args:
        begin, end: the marks between which it is charged.
        marks: of all readings since the beginning of the first year.
        counts_from: when the household began to pay: earlier consumption is another's.
    """
    lines = []
    for low, high in by_year(begin, end, marks):
        since = min(max(date(low.day.year, 1, 1), counts_from), low.day)
        before = low.used - used_until(marks, since)
        lines += stepped(before, high.used - low.used, tiers, exponent)
    return lines


def at_one_price(used: Decimal, price: Decimal, exponent: int) -> Line:
    """Return the line of a consumption at one price."""
    return Line(product(used, price, exponent), used, price)
