"""Small tariffs and times for the tests of the engine."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pricing import Quote, Tariff, parse_tariff, price

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
HOURLY = {"unit": 60, "price": 100}
DAY_AND_NIGHT = [
    {"id": "day", "when": {"time": ["07:00", "19:00"]}, "steps": [{"unit": 30, "price": 100}]},
    {"id": "night", "when": {"time": ["19:00", "07:00"]}, "steps": [{"unit": 60, "price": 50}]},
]


def document(*steps, **keys):
    """A tariff/1 document: one element with these steps (an hour at 1.00 unless given)."""
    return {
        "schema": "tariff/1",
        "id": "test",
        "version": 1,
        "currency": "EUR",
        "timezone": "Europe/Amsterdam",
        "elements": [{"id": "all", "steps": list(steps) or [HOURLY]}],
    } | keys


def tariff(*steps, **keys) -> Tariff:
    """The same, ready to price."""
    return parse_tariff(document(*steps, **keys))


def at(text, day=4) -> datetime:
    """A local time in Amsterdam on a day of March 2026 (the 4th is a Wednesday)."""
    hour, minute, *second = (int(part) for part in text.split(":"))
    return datetime(2026, 3, day, hour, minute, *second, tzinfo=AMSTERDAM)


def stay(priced: Tariff, minutes: int, start: str = "10:00", **options) -> Quote:
    """The quote of a stay of so many minutes on the 4th of March."""
    entry = at(start)
    return price(priced, entry, entry + timedelta(minutes=minutes), **options)


def amount(priced: Tariff, minutes: int, start: str = "10:00", **options) -> int:
    """What that stay costs."""
    return stay(priced, minutes, start, **options).amount
