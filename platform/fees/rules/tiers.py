"""Stepped prices: consumption by tiers of a running total.

Source: property.md 4. The total counts from the beginning of the calendar year or of the month, as
the fee item says; the caller passes what was used before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fees.rules.amounts import Line, product
from fees.rules.errors import FeeError


@dataclass(frozen=True, slots=True)
class Tier:
    """A price up to a running total.

    Attributes:
        up_to: the total up to which it applies, inclusive; None for the last tier.
        price: in major units for each unit of consumption.
    """

    up_to: Decimal | None
    price: Decimal


def stepped(
    used_before: Decimal, used: Decimal, tiers: Sequence[Tier], exponent: int
) -> list[Line]:
    """Return a line for each tier that the consumption reaches.

    Raises:
        FeeError: the tiers do not ascend, or the last one has an end.
    """
    require_tiers(tiers)
    total, lines, low = used_before + used, [], Decimal(0)
    for index, tier in enumerate(tiers):
        high = total if tier.up_to is None else min(total, tier.up_to)
        quantity = high - max(low, used_before)
        if quantity > 0:
            amount = product(quantity, tier.price, exponent)
            lines.append(Line(amount, quantity, tier.price, tier=index))
        low = high
    return lines


def require_tiers(tiers: Sequence[Tier]) -> None:
    """Validate that tiers ascend from zero and that the last one has no end.

    Raises:
        FeeError: with the path of the first tier that does not fit.
    """
    if not tiers or tiers[-1].up_to is not None:
        raise FeeError("last_tier_has_an_end", f"tiers[{max(len(tiers) - 1, 0)}]")
    low = Decimal(0)
    for index, tier in enumerate(tiers[:-1]):
        if tier.up_to is None or tier.up_to <= low:
            raise FeeError("not_ascending", f"tiers[{index}]")
        low = tier.up_to
