"""Credit for months that were paid ahead and are not used."""

from datetime import date
from decimal import Decimal

from fees.rules.amounts import product
from fees.rules.areas import prorated
from fees.rules.errors import FeeError
from fees.rules.months import first_after


def unused_months(
    area: Decimal, price: Decimal, prepaid_from: date, months: int, move_out: date, exponent: int
) -> int:
    """Return what was invoiced for the months less what is due until before the move-out.

    Args:
        prepaid_from: the first of a month.

    Raises:
        FeeError: the prepayment begins within a month, or the move-out is not within it.
    """
    if prepaid_from.day != 1:
        raise FeeError("not_first_of_month", "prepaid_from")
    if not prepaid_from <= move_out <= first_after(prepaid_from, months):
        raise FeeError("out_of_range", "move_out")
    invoiced = months * product(area, price, exponent)
    if move_out == prepaid_from:
        return invoiced
    due = prorated(area, price, prepaid_from, move_out, exponent)
    return invoiced - sum(line.amount for line in due)
