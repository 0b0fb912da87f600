"""Value added tax: each gross line is split into net and tax, rounded by itself."""

from decimal import Decimal
from fractions import Fraction

from fees.rules.amounts import half_up


def split(gross: int, rate: Decimal) -> tuple[int, int]:
    """Return net and tax of a gross amount in minor units; they add up to it.

    Args:
        rate: such as 0.06 for 6 %.
    """
    net = half_up(Fraction(gross) / (1 + Fraction(rate)))
    return net, gross - net
