"""What is still to pay on a stay (rule 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pricing.cover import Span
from pricing.engine import price
from pricing.errors import StayError
from pricing.local_time import since_epoch
from pricing.quote import Quote
from pricing.tariff import Tariff


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that was received for a stay.

    Attributes:
        at: when it was received; the grace runs from here.
        amount: in minor units.
        quoted_at: when the amount was calculated, where that was earlier. A quote that was paid in
            time is paid in full, though another unit began in between.
    """

    at: datetime
    amount: int
    quoted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is left to pay at the exit.

    Attributes:
        quote: the price of the whole stay until the exit.
        charged: what the stay costs: the quote, or within the grace the lower price that was paid
            in full, so that a car that leaves in time owes no more.
        paid: the sum of the payments.
        amount: what is still due.
        leave_by: the latest instant (UTC) until which a payment in full lets the car leave without
            paying more; None if no payment was in full.
    """

    quote: Quote
    charged: Quote
    paid: int
    amount: int
    leave_by: datetime | None


def due(
    tariff: Tariff,
    entry: datetime,
    exit: datetime,
    payments: Sequence[Payment] = (),
    *,
    covered: Sequence[Span] = (),
    covered_until: datetime | None = None,
    vehicle: str | None = None,
) -> Due:
    """Return what is still to pay at `exit`, after `payments` in any order.

    Zero if at some payment everything received until then paid the stay in full as priced
    at that instant, and the exit is no later than the grace after it. Otherwise the price of the
    whole stay less all payments is due, never below 0: the price is always calculated from the
    entry, so a cap holds over any number of payments.

    Raises:
        StayError: as `price` does, and for a payment of a negative amount.
    """

    def price_at(at: datetime) -> Quote:
        return price(
            tariff, entry, at, covered=covered, covered_until=covered_until, vehicle=vehicle
        )

    quote = charged = price_at(exit)
    paid, leave_by, paid_in_full = 0, None, quote
    grace = timedelta(minutes=tariff.exit_grace_minutes)
    for payment in sorted(payments, key=_instant):
        paid += _amount(payment)
        quoted = price_at(payment.quoted_at or payment.at)
        if paid >= quoted.amount:
            leave_by, paid_in_full = payment.at.astimezone(UTC) + grace, quoted
    in_grace = leave_by is not None and exit.astimezone(UTC) <= leave_by
    if in_grace and paid_in_full.amount < quote.amount:
        charged = paid_in_full
    left = 0 if in_grace else max(0, quote.amount - paid)
    return Due(quote=quote, charged=charged, paid=paid, amount=left, leave_by=leave_by)


def _instant(payment: Payment) -> timedelta:
    return since_epoch(payment.at, "paid.at")


def _amount(payment: Payment) -> int:
    if payment.amount < 0:
        raise StayError("paid.amount", "must be 0 or more; a refund is not a payment")
    return payment.amount
