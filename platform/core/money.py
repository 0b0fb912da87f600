"""Money: integer minor units with a currency, never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, format_currency, parse_pattern
from django.utils.translation import get_language, to_locale

from core.currencies import exponent


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in the minor unit of its currency (fen, cent; the yen has no smaller unit)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor must be an int of minor units, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(
                f"currency must be an ISO 4217 code such as CNY, not {self.currency!r}"
            )

    def _check_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be mixed")

    def __add__(self, other: Money) -> Money:
        self._check_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._check_currency(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._check_currency(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.major()}"

    def major(self) -> Decimal:
        """Return the amount in the currency's major unit, exactly."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def written(self, language: str | None = None) -> str:
        """Format the amount for a language, such as ¥12.50, with all decimals of its minor unit."""
        return _written(self, to_locale(language or get_language() or "en"))


def written_price(price: Decimal, currency: str) -> str:
    """Format a price, which may have more decimals than an amount, in the page's language."""
    name, decimals = to_locale(get_language() or "en"), -int(price.normalize().as_tuple().exponent)
    pattern = _pattern(name, max(decimals, exponent(currency)))
    return format_currency(
        price, currency, format=pattern, locale=_locale(name), currency_digits=False
    )


@lru_cache(maxsize=4096)  # the prices of a tariff are few, and a list has one in each row
def _written(money: Money, name: str) -> str:
    return format_currency(
        money.major(),
        money.currency,
        format=_pattern(name, exponent(money.currency)),
        locale=_locale(name),
        currency_digits=False,
    )


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name, sep="_")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=256)
def _pattern(name: str, decimals: int) -> NumberPattern:
    """Return the currency pattern of a locale with exactly so many decimals."""
    pattern = str(_locale(name).currency_formats["standard"].pattern)
    fraction = "." + "0" * decimals if decimals else ""
    return parse_pattern(re.sub(r"\.0+", fraction, pattern))
