"""Dates as people and spreadsheets write them; an ambiguous one is rejected, never guessed."""

import re
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables.cells import DateCell, half_width

# Serial 1 is 1900-01-01, and Excel counts a 29 February 1900, which did not exist.
_SERIAL_0 = date(1899, 12, 30)
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")
_FIRST_SERIAL = 10_000  # 1927-05-18; a shorter number is more likely something else
_LAST_SERIAL = 73_415  # 2100-12-31
_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ]+00?:00(?::00(?:\.0+)?)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?: 00?:00(?::00)?)?")


class DateOrder(StrEnum):
    """What the first number of a date such as 03/04/2026 is."""

    UNKNOWN = ""
    DAY_FIRST = "day"
    MONTH_FIRST = "month"


def parse_date(field: str, cell: str, order: DateOrder = DateOrder.UNKNOWN) -> date:
    """Parse a date; a number is a spreadsheet's serial for one.

    Args:
        order: how the list writes dates whose year stands last.

    Raises:
        Rejection: it is no date, or two dates could be meant.
    """
    text = half_width(cell).strip()
    for pattern in (_YEAR_FIRST, _COMPACT):
        if match := pattern.fullmatch(text):
            return _date(field, *map(int, match.groups()))
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(field, match, order)
    if match := _SERIAL.fullmatch(text):
        serial = int(match[1])
        if _FIRST_SERIAL <= serial <= _LAST_SERIAL:
            return _SERIAL_0 + timedelta(days=serial)
    if isinstance(cell, DateCell):
        raise Rejection(
            field, "time_of_day", _("has a time of day"), _("enter the date alone, as 2026-11-30")
        )
    raise not_a_date(field)


def not_a_date(field: str) -> Rejection:
    """Return the rejection of a text that is no date."""
    return Rejection(field, "not_a_date", _("is not a date"), _("enter it as 2026-11-30"))


def _year_last(field: str, match: re.Match[str], order: DateOrder) -> date:
    first, separator, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
    # Dots are written with the day first wherever they are used.
    if separator == "." or first > 12 or first == second or order == DateOrder.DAY_FIRST:
        return _date(field, year, second, first)
    if second > 12 or order == DateOrder.MONTH_FIRST:
        return _date(field, year, first, second)
    raise Rejection(
        field,
        "ambiguous_date",
        _("could be %(one)s or %(other)s")
        % {"one": date(year, first, second), "other": date(year, second, first)},
        _("enter it with the year first, or choose the order of the list's dates"),
    )


def _date(field: str, year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Rejection(
            field, "no_such_day", _("this day does not exist"), _("correct the day or the month")
        ) from None
    if not 1900 <= year <= 2200:
        raise Rejection(field, "no_such_year", _("the year is out of range"), _("correct the year"))
    return found
