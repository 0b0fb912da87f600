"""Numbers as people write them: with decimal points or commas, and grouped digits."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.tables.cells import DateCell, NumberCell, half_width

_SPACES = re.compile(r"[\s\u00a0\u202f']")
_POINT = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?")
_COMMA = re.compile(r"[+-]?\d{1,15},\d{1,15}")
_GROUPED_BY_COMMAS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d{1,15})?")
_GROUPED_BY_POINTS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d{1,15})?")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def parse_decimal(
    field: str, cell: str, *, places: int, minimum: Decimal, maximum: Decimal
) -> Decimal:
    """Parse a number with decimals.

    Args:
        places: the most decimals; a workbook's number is rounded to them, since its last digits
            may come from binary fractions.

    Raises:
        Rejection: it is no number, two numbers could be meant, it has too many decimals, or it is
            out of range.
    """
    number = _parse(field, cell)
    step = Decimal(1).scaleb(-places)
    rounded = number.quantize(step)
    close = isinstance(cell, NumberCell) and abs(rounded - number) < step / 1000
    if rounded != number and not close:
        raise Rejection(
            field,
            "too_many_decimals",
            _("has more than %(places)s decimals") % {"places": places},
            _("round it"),
        )
    _require_in_range(field, rounded, minimum, maximum)
    return rounded


def parse_whole(field: str, cell: str, *, minimum: int, maximum: int) -> int:
    """Parse a whole number.

    Raises:
        Rejection: it is none, or out of range.
    """
    number = _parse(field, cell)
    if number != number.to_integral_value():
        raise Rejection(
            field, "not_an_integer", _("is not a whole number"), _("enter a whole number")
        )
    _require_in_range(field, number, Decimal(minimum), Decimal(maximum))
    return int(number)


def _parse(field: str, cell: str) -> Decimal:
    text = _SPACES.sub("", half_width(cell))
    if isinstance(cell, DateCell):
        raise not_a_number(field)
    # A workbook's number has no grouped digits: 1.234 is no thousand.
    if not isinstance(cell, NumberCell) and _ONE_GROUP.fullmatch(text):
        raise Rejection(
            field,
            "ambiguous_number",
            _("%(value)s could be a thousand or a fraction") % {"value": text},
            _("enter it without grouping, with a point before the decimals"),
        )
    if _POINT.fullmatch(text):
        return Decimal(text)
    if _GROUPED_BY_COMMAS.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if _COMMA.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if _GROUPED_BY_POINTS.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    raise not_a_number(field)


def not_a_number(field: str) -> Rejection:
    """Return the rejection of a text that is no number."""
    return Rejection(field, "not_a_number", _("is not a number"), _("enter digits, such as 89.5"))


def _require_in_range(field: str, number: Decimal, minimum: Decimal, maximum: Decimal) -> None:
    if not minimum <= number <= maximum:
        raise Rejection(
            field,
            "out_of_range",
            _("is not between %(least)s and %(most)s") % {"least": minimum, "most": maximum},
            _("correct the number"),
        )
