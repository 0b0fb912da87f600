"""Shared costs: an amount divided by weights without losing a minor unit."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from fees.rules.errors import FeeError


def divide(amount: int, weights: Sequence[Decimal]) -> list[int]:
    """Divide an amount in minor units by the largest remainder; they add up to it.

    Of equal remainders the lower index gets the unit (property.md 7).

    Raises:
        FeeError: the weights sum to zero.
    """
    total = Fraction(sum(weights))
    if not total:
        raise FeeError("no_weight", "by_area")
    exact = [amount * Fraction(weight) / total for weight in weights]
    shares = [int(share) for share in exact]
    largest = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in largest[: amount - sum(shares)]:
        shares[index] += 1
    return shares
