"""What is still to pay on a stay (rule 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pricing.engine import price, since_epoch
from pricing.errors import StayError
from pricing.quote import Quote
from pricing.tariff import Tariff


@dataclass(frozen=True, slots=True)
class Payment:
    """`amount` minor units received at the instant `at`.

    `quoted_at` is when the payer was told the amount, where that was before: a quote that was paid
    in time is in full, though another unit began between the two. The grace runs from `at`.
    """

    at: datetime
    amount: int
    quoted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is left to pay at the exit.

    `quote` prices the whole stay, `paid` is the sum of the payments, `amount` what is still due.
    `leave_by` is the latest instant (UTC) until which a payment in full lets the car leave without
    paying more, None if none was in full.
    """

    quote: Quote
    paid: int
    amount: int
    leave_by: datetime | None


def due(
    tariff: Tariff,
    entry: datetime,
    exit: datetime,
    payments: Sequence[Payment] = (),
    *,
    covered_until: datetime | None = None,
    vehicle: str | None = None,
) -> Due:
    """What is still to pay at `exit`, after `payments` in any order.

    Nothing, if at some payment everything received until then paid the stay in full as priced at
    that instant, and the exit is no later than the grace after it. Otherwise the price of the
    whole stay less all payments, never below 0: the price is always worked out from the entry, so
    a cap holds over any number of payments. Raises `StayError` as `price` does, and for a payment
    of a negative amount.
    """
    quote = price(tariff, entry, exit, covered_until=covered_until, vehicle=vehicle)
    paid = 0
    leave_by = None
    grace = timedelta(minutes=tariff.exit_grace_minutes)
    for payment in sorted(payments, key=_instant):
        paid += _amount(payment)
        told_at = payment.quoted_at or payment.at
        at = price(tariff, entry, told_at, covered_until=covered_until, vehicle=vehicle)
        if paid >= at.amount:
            leave_by = payment.at.astimezone(UTC) + grace
    in_grace = leave_by is not None and exit.astimezone(UTC) <= leave_by
    left = 0 if in_grace else max(0, quote.amount - paid)
    return Due(quote=quote, paid=paid, amount=left, leave_by=leave_by)


def _instant(payment: Payment) -> timedelta:
    return since_epoch(payment.at, "paid.at")


def _amount(payment: Payment) -> int:
    if payment.amount < 0:
        raise StayError("paid.amount", "must be 0 or more; a refund is not a payment")
    return payment.amount
