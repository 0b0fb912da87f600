"""Read the fields of a JSON request, each with an error that names its path."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from fees.rules.errors import FeeError

#: Beyond these, products could exceed what an amount can hold.
MAX_NUMBER, MAX_DECIMALS, MAX_ITEMS = Decimal(10) ** 9, 9, 10_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


class Fields:
    """The fields of one object."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(name) is not None

    def fields(self, name: str) -> "Fields":
        """Return the fields of an object; their paths begin anew."""
        value = self._value(name)
        if not isinstance(value, dict):
            raise FeeError("not_an_object", name)
        return Fields(value)

    def number(
        self, name: str, default: str | None = None, *, most: Decimal = MAX_NUMBER
    ) -> Decimal:
        """Return a decimal number from zero to a limit."""
        return read_number(self._value(name, default), name, most)

    def whole(self, name: str, default: int | None = None, *, most: int) -> int:
        """Return a whole number from zero to a limit."""
        return read_whole(self._value(name, default), name, Decimal(most))

    def day(self, name: str) -> date:
        """Return a date such as 2026-03-31."""
        return read_day(self._value(name), name)

    def month(self, name: str) -> date:
        """Return the first day of a month such as 2026-03."""
        value = self._value(name)
        if not isinstance(value, str) or not _MONTH.fullmatch(value):
            raise FeeError("not_a_month", name)
        return read_day(f"{value}-01", name)

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return one of the choices."""
        value = self._value(name, default)
        if value not in choices:
            raise FeeError("not_a_choice", name)
        return str(value)

    def flag(self, name: str) -> bool:
        """Return true or false; false where it is missing."""
        value = self._value(name, False)
        if not isinstance(value, bool):
            raise FeeError("not_true_or_false", name)
        return value

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._value(name)
        if not isinstance(value, str):
            raise FeeError("not_a_text", name)
        return value

    def items(self, name: str) -> list[tuple[Any, str]]:
        """Return the items of a list that is not empty, each with its path."""
        return read_list(self._value(name), name)

    def pairs(self, name: str) -> list[tuple[tuple[Any, str], tuple[Any, str]]]:
        """Return the items of a list of pairs, each value with its path."""
        found = []
        for item, at in self.items(name):
            if not isinstance(item, list) or len(item) != 2:
                raise FeeError("not_a_pair", at)
            found.append(((item[0], f"{at}[0]"), (item[1], f"{at}[1]")))
        return found

    def _value(self, name: str, default: Any = None) -> Any:
        value = self._values.get(name)
        if value is None:
            value = default
        if value is None:
            raise FeeError("missing", name)
        return value


def read_list(value: object, at: str) -> list[tuple[Any, str]]:
    """Return the items of a list that is not empty, each with its path."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ITEMS:
        raise FeeError("not_a_list", at)
    return [(item, f"{at}[{index}]") for index, item in enumerate(value)]


def read_number(value: object, at: str, most: Decimal = MAX_NUMBER) -> Decimal:
    """Return a decimal number, given as JSON number or text, from zero to a limit."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise FeeError("not_a_number", at)
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise FeeError("not_a_number", at)
    number = Decimal(value)
    if not 0 <= number <= most:
        raise FeeError("out_of_range", at)
    if -int(number.as_tuple().exponent) > MAX_DECIMALS:
        raise FeeError("too_many_decimals", at)
    return number


def read_whole(value: object, at: str, most: Decimal) -> int:
    """Return a whole number from zero to a limit."""
    number = read_number(value, at, most)
    if number != number.to_integral_value():
        raise FeeError("not_a_whole_number", at)
    return int(number)


def read_day(value: object, at: str) -> date:
    """Return a date such as 2026-03-31."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise FeeError("not_a_date", at)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise FeeError("not_a_date", at) from None
    if not 1900 <= day.year <= 2999:
        raise FeeError("out_of_range", at)
    return day
