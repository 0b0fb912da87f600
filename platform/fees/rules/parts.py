"""Parts of a month: who pays which days at which price, and what each part comes to.

Source: property.md 1 to 3. There is one line for each price. Within a line, every payer but the
last pays the actual days, and the last one the rest, so that the payers' lines add up to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar

from fees.rules.amounts import Line, half_up, product
from fees.rules.months import PartOfMonth

Value = TypeVar("Value")


class Days(NamedTuple, Generic[Value]):
    """Days with a value, the end excluded."""

    begins_on: date
    ends_on: date
    value: Value

    @property
    def number(self) -> int:
        """How many days they are."""
        return (self.ends_on - self.begins_on).days


#: A value from a day on, until before another or without an end.
Dated = tuple[date, date | None, Value]


def clipped(rows: Iterable[Dated[Value]], begins_on: date, ends_on: date) -> list[Days[Value]]:
    """Return the days of rows within a period, the earliest first; they must not overlap."""
    found = []
    for first, last, value in rows:
        low, high = max(first, begins_on), min(last or ends_on, ends_on)
        if low < high:
            found.append(Days(low, high, value))
    return sorted(found, key=lambda each: each.begins_on)


def filled(
    days: Sequence[Days[Value]], begins_on: date, ends_on: date, missing: Value
) -> Iterator[Days[Value]]:
    """Yield the days of a whole period: those that are given, and the gaps with a value."""
    at = begins_on
    for each in days:
        if each.begins_on > at:
            yield Days(at, each.begins_on, missing)
        yield each
        at = each.ends_on
    if at < ends_on:
        yield Days(at, ends_on, missing)


def outside(days: Sequence[Days[Value]], taken: Sequence[Days[Value]]) -> list[Days[Value]]:
    """Return the days without those that others have taken."""
    found = []
    for each in days:
        free = filled(
            [Days(d.begins_on, d.ends_on, False) for d in within(taken, each)],
            each.begins_on,
            each.ends_on,
            True,
        )
        found += [Days(d.begins_on, d.ends_on, each.value) for d in free if d.value]
    return found


def within(days: Sequence[Days[Value]], other: Days[Any]) -> list[Days[Value]]:
    """Return the parts of days that lie within others."""
    rows = ((each.begins_on, each.ends_on, each.value) for each in days)
    return clipped(rows, other.begins_on, other.ends_on)


def priced(
    quantity: Decimal, price: Days[Decimal], payers: Sequence[Days[Any]], exponent: int
) -> list[Line]:
    """Return the lines of a price in a month, one for each of the payers' days within it.

    Args:
        payers: their days, which together are those of the price.
    """
    total = product(quantity, price.value, exponent, _share(price))
    lines: list[Line] = []
    for payer in payers[:-1]:
        amount = product(quantity, price.value, exponent, _share(payer))
        lines.append(_line(amount, quantity, price.value, payer))
    rest = total - sum(each.amount for each in lines)
    return [*lines, _line(rest, quantity, price.value, payers[-1])]


def divided(amount: int, price: Decimal, payers: Sequence[Days[Any]]) -> list[Line]:
    """Divide an amount of a month among its payers by days; the last one pays the rest."""
    number_of_days = sum(each.number for each in payers)
    lines: list[Line] = []
    for number, payer in enumerate(payers, start=1):
        part = half_up(Fraction(amount * payer.number, number_of_days))
        if number == len(payers):
            part = amount - sum(each.amount for each in lines)
        lines.append(_line(part, Decimal(1), price, payer))
    return lines


def discounted(line: Line, percent: Decimal, days: Days[Any]) -> int:
    """Return by how much a discount lowers a line, for its days within those of the line."""
    share = Fraction(days.number, line.days or days.number)
    return half_up(line.amount * Fraction(percent) / 100 * share)


def _line(amount: int, quantity: Decimal, price: Decimal, days: Days[Any]) -> Line:
    of_days = PartOfMonth(days.begins_on, days.ends_on).of_days
    return Line(amount, quantity, price, days.begins_on, days.ends_on, days.number, of_days)


def _share(days: Days[Any]) -> Fraction:
    return PartOfMonth(days.begins_on, days.ends_on).share
