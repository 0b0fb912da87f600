"""Ready-made tariffs: each function makes a tariff/1 document from a few values.

Amounts are minor units of the currency, lengths are minutes. The documents are a start: every
value in them can be changed afterwards.
"""

from dataclasses import dataclass
from typing import Any

from pricing.errors import TariffError
from pricing.tariff import DAY

MONTH_DAYS = 30
_TITLES = {
    "all": {"en": "All day", "zh-hans": "全天"},
    "day": {"en": "Day", "zh-hans": "白天"},
    "night": {"en": "Night", "zh-hans": "夜间"},
}


@dataclass(frozen=True)
class Basis:
    """What every tariff has, whichever prices it charges.

    Attributes:
        code: the tariff's id.
        currency: a code of ISO 4217.
        timezone: the name of the time zone in which times of day are meant.
        free_minutes: stays of up to so many minutes are free.
        grace_minutes: how long a car may take to leave after the payment.
    """

    code: str
    currency: str
    timezone: str
    free_minutes: int = 0
    grace_minutes: int = 15


def free(basis: Basis) -> dict[str, Any]:
    """Make a tariff that charges no stay."""
    return _document(basis, [_element("all", [{"flat": 0}])])


def first_hour_then_steps(
    basis: Basis, *, first_hour: int, unit: int, unit_price: int
) -> dict[str, Any]:
    """Make a tariff with a price for the first hour and one for each started unit after it.

    The first hour counts again every 24 hours after the entry.
    """
    steps = [{"upto": 60, "unit": 60, "price": first_hour}, {"unit": unit, "price": unit_price}]
    return _document(basis, [_element("all", steps)], ladder_reset="24h")


def day_and_night(
    basis: Basis, *, day_from: str, night_from: str, unit: int, day_price: int, night_price: int
) -> dict[str, Any]:
    """Make a tariff with one price per started unit by day and one for a whole night.

    Args:
        basis: what every tariff has.
        day_from: when the day begins, such as ``07:00``.
        night_from: when the night begins.
        unit: the length of a unit by day.
        day_price: the price of a unit by day.
        night_price: the price of a night, for any part of it.

    Raises:
        TariffError: day and night begin at the same time.
    """
    if day_from == night_from:
        raise TariffError("night_from", "is when the day begins; enter another time")
    day = _element("day", [{"unit": unit, "price": day_price}], [day_from, night_from])
    night = _element("night", [{"flat": night_price}], [night_from, day_from])
    return _document(basis, [day, night])


def daily_cap(basis: Basis, *, unit: int, unit_price: int, cap: int) -> dict[str, Any]:
    """Make a tariff with a price per started unit, and a maximum for each 24 hours from entry."""
    steps = [{"unit": unit, "price": unit_price}]
    caps = [{"window": "24h", "amounts": [cap]}]
    return _document(basis, [_element("all", steps)], ladder_reset="24h", caps=caps)


def monthly(basis: Basis, *, day_price: int, month_price: int) -> dict[str, Any]:
    """Make a tariff for long stays: a price per started day until that of 30 days is reached.

    From the 31st day on, each started 30 days cost the price of 30 days.

    Raises:
        TariffError: 30 days do not cost less than 30 times a day, or less than one day.
    """
    days = month_price // day_price if day_price else MONTH_DAYS
    if not 0 < days < MONTH_DAYS:
        raise TariffError("month_price", "must be at least one day's price, and less than 30 of it")
    month = MONTH_DAYS * DAY
    steps = [
        {"upto": days * DAY, "unit": DAY, "price": day_price},
        {"upto": month, "flat": month_price - days * day_price},
        {"unit": month, "price": month_price},
    ]
    return _document(basis, [_element("all", steps)])


def _element(
    name: str, steps: list[dict[str, Any]], time: list[str] | None = None
) -> dict[str, Any]:
    when = {"when": {"time": time}} if time else {}
    return {"id": name, "title": dict(_TITLES[name]), **when, "steps": steps}


def _document(basis: Basis, elements: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    free = {"free": {"minutes": basis.free_minutes}} if basis.free_minutes else {}
    return {
        "schema": "tariff/1",
        "id": basis.code,
        "version": 1,
        "currency": basis.currency,
        "timezone": basis.timezone,
        **free,
        "elements": elements,
        **more,
        "exit_grace_minutes": basis.grace_minutes,
    }
