"""Coupons and merchant validations on the price of a stay (rule 13)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pricing.cover import Span
from pricing.engine import price
from pricing.errors import StayError
from pricing.quote import Quote
from pricing.tariff import Tariff

# Minutes apply first, then percentages, then amounts, in any order of entry.
_ORDER = ("minutes", "percent", "amount")


@dataclass(frozen=True, slots=True)
class Coupon:
    """`value` minutes, percent or minor units off; `source` names who grants and pays for it."""

    kind: Literal["minutes", "percent", "amount"]
    value: int
    source: str


@dataclass(frozen=True, slots=True)
class Discounted:
    """The quote of the whole stay, what each coupon took off it, and what remains, 0 or more."""

    quote: Quote
    discounts: tuple[tuple[Coupon, int], ...]
    amount: int


def apply_coupons(
    tariff: Tariff,
    entry: datetime,
    exit: datetime,
    coupons: Iterable[Coupon],
    *,
    covered: Sequence[Span] = (),
    covered_until: datetime | None = None,
    vehicle: str | None = None,
) -> Discounted:
    """Price a stay and take coupons off: minutes, then percent, then amounts, never below 0.

    Minutes shorten the stay at its end, so a coupon of the whole stay makes it free and caps keep
    their windows. Each percentage is taken of what the coupons before it left, rounded half up.
    Within a kind the larger coupon goes first, so the order given does not matter. Raises
    `StayError` as `price` does, and for a coupon below 0 or of more than 100 percent.
    """

    def price_at(at: datetime) -> Quote:
        return price(
            tariff, entry, at, covered=covered, covered_until=covered_until, vehicle=vehicle
        )

    quote = price_at(exit)
    left = quote.amount
    minutes = timedelta()
    discounts = []
    for coupon in sorted(coupons, key=_rank):
        _check(coupon)
        if coupon.kind == "minutes":
            minutes += timedelta(minutes=coupon.value)
            until = max(entry, exit - minutes)
            remaining = min(left, price_at(until).amount)
        else:
            remaining = max(0, left - _value(coupon, left))
        discounts.append((coupon, left - remaining))
        left = remaining
    return Discounted(quote, tuple(discounts), left)


def _rank(coupon: Coupon) -> tuple[int, int, str]:
    return _ORDER.index(coupon.kind), -coupon.value, coupon.source


def _check(coupon: Coupon) -> None:
    if coupon.value < 0 or (coupon.kind == "percent" and coupon.value > 100):
        raise StayError("coupon", f"{coupon.value} {coupon.kind} cannot be taken off a price")


def _value(coupon: Coupon, left: int) -> int:
    if coupon.kind == "amount":
        return coupon.value
    return (2 * left * coupon.value + 100) // 200
