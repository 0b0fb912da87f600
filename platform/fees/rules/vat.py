"""Value added tax: each gross line is split into net and tax, rounded by itself."""

from decimal import Decimal

from fees.rules.amounts import half_up_ratio


def split(gross: int, rate: Decimal) -> tuple[int, int]:
    """Return net and tax of a gross amount in minor units; they add up to it.

    Args:
        rate: such as 0.06 for 6 %.
    """
    part, whole = rate.as_integer_ratio()
    net = half_up_ratio(gross * whole, whole + part)
    return net, gross - net
