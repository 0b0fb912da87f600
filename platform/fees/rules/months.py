"""Calendar months, and the days of one that a period covers."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple


class PartOfMonth(NamedTuple):
    """Days of one calendar month, from a day until before another."""

    begins_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.ends_on - self.begins_on).days

    @property
    def of_days(self) -> int:
        """The number of days of the whole month."""
        return _days_of_month(self.begins_on.year, self.begins_on.month)

    @property
    def share(self) -> Fraction:
        """The days as a share of the month."""
        return _fraction(self.days, self.of_days)


@lru_cache(maxsize=1024)
def _days_of_month(year: int, month: int) -> int:
    return monthrange(year, month)[1]


@lru_cache(maxsize=1024)
def _fraction(days: int, of_days: int) -> Fraction:
    return Fraction(days, of_days)


@lru_cache(maxsize=1024)
def first_of_next(day: date) -> date:
    """Return the first day of the month after that of the day."""
    return day.replace(day=1) + timedelta(days=monthrange(day.year, day.month)[1])


def first_after(day: date, months: int) -> date:
    """Return the first day of the month so many months after that of the day."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def whole_month(day: date) -> PartOfMonth:
    """Return the month of the day."""
    return PartOfMonth(day.replace(day=1), first_of_next(day))


def parts(begins_on: date, ends_on: date) -> Iterator[PartOfMonth]:
    """Split a period, its end excluded, at the first of each month."""
    while begins_on < ends_on:
        until = min(first_of_next(begins_on), ends_on)
        yield PartOfMonth(begins_on, until)
        begins_on = until
