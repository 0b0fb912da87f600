"""Late fees: simple, daily, on the unpaid principal, and never more than the principal.

Source: property.md 6. A fee accrues exactly and is rounded when it is posted: once at the end where
payments settle the principal first, and at each payment where they settle the fee first (the
statutory order). There is no late fee on a late fee.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from fees.rules.amounts import half_up

#: What a payment settles first.
PRINCIPAL_FIRST, LATE_FEE_FIRST = "principal_first", "late_fee_first"


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment; without an amount it settles all that is open.

    Attributes:
        amount: in minor units.
    """

    on: date
    amount: int | None


@dataclass
class _Account:
    """What is open of a principal and of its late fee, in minor units."""

    principal: int
    rate: Fraction
    open: int
    since: date
    accrued: Fraction = Fraction(0)
    posted: int = 0
    unpaid_fee: int = 0

    def accrue_until(self, day: date) -> None:
        days = max((day - self.since).days, 0)
        self.accrued += self.open * self.rate * days
        self.since = max(self.since, day)

    def post(self) -> int:
        """Round what has accrued since the last posting; all together reach the principal."""
        amount = min(half_up(self.accrued), self.principal - self.posted)
        self.accrued = Fraction(0)
        self.posted += amount
        self.unpaid_fee += amount
        return amount

    def settle(self, amount: int | None) -> None:
        """Settle the fee that is posted, then the principal."""
        if amount is None:
            amount = self.unpaid_fee + self.open
        fee = min(amount, self.unpaid_fee)
        self.unpaid_fee -= fee
        self.open -= min(amount - fee, self.open)


def of_days(principal: int, rate_per_day: Decimal, days: int) -> int:
    """Return the late fee of so many days on a principal of which nothing is paid."""
    return min(half_up(principal * Fraction(rate_per_day) * days), principal)


def of_payments(
    principal: int,
    rate_per_day: Decimal,
    due_on: date,
    payments: Sequence[Paid],
    *,
    order: str = PRINCIPAL_FIRST,
) -> list[int]:
    """Return the late fees to post until the last payment.

    Args:
        principal: in minor units.
        rate_per_day: such as 0.0005 for 0.05 % a day.
        payments: in any order; one before the due day lowers the principal.

    Returns:
        One amount where the principal is settled first, else one for each payment after the due
        day.
    """
    account = _Account(principal, Fraction(rate_per_day), open=principal, since=due_on)
    posted = []
    for paid in sorted(payments, key=lambda each: each.on):
        account.accrue_until(paid.on)
        if order == LATE_FEE_FIRST and paid.on > due_on:
            posted.append(account.post())
        account.settle(paid.amount)
    return posted if order == LATE_FEE_FIRST else [account.post()]


def accrued(
    principal: int,
    rate_per_day: Decimal,
    begins_on: date,
    payments: Sequence[Paid],
    until: date,
    *,
    cap: Decimal = Decimal(100),
) -> int:
    """Return what has accrued on the unpaid principal until a day, rounded once.

    Args:
        principal: in minor units.
        rate_per_day: such as 0.0005 for 0.05 % a day.
        begins_on: the first day that counts.
        payments: of the principal, in any order; one before the first day lowers it.
        until: the first day that does not count.
        cap: percent of the principal that the fee may reach.
    """
    account = _Account(principal, Fraction(rate_per_day), open=principal, since=begins_on)
    for paid in sorted(payments, key=lambda each: each.on):
        account.accrue_until(min(paid.on, until))
        account.settle(paid.amount)
    account.accrue_until(until)
    most = half_up(Fraction(principal) * Fraction(cap) / 100)
    return min(half_up(account.accrued), most)
