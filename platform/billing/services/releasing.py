"""Money of a payment that no charge needs: credit of a known payer, else due for refund.

The caller holds the lock of the payment's row.
"""

from datetime import datetime

from billing import ledger
from billing.ledger import Line
from billing.models import Account, Allocation, Charge, Payment
from billing.refundable import credit_of
from core import clock
from core.ids import public_id
from core.money import Money

Code = Account.Code


def release(payment: Payment, amount: int, at: datetime, charge: Charge | None = None) -> Line:
    """Give money of a payment that is needed no longer back to its payer; return its ledger line.

    Args:
        payment: of a known payer, whose credit grows, or of an anonymous one, to whom the amount
            is due for refund.
        amount: in minor units; below zero where money that is due for refund is used again.
        at: when.
        charge: what the money was allocated to, where it was.
    """
    money = Money(-amount, payment.currency)
    if payment.payer is None or amount < 0:
        return Line(Code.REFUNDS_DUE, money, ("payment", payment.public_id), charge)
    if amount:
        allocate_credit(payment, amount, at)
    return Line(Code.CREDIT, money, payment.payer)


def allocate_credit(payment: Payment, amount: int, at: datetime) -> None:
    """Add to the payment's credit, or take from it where the amount is below zero."""
    Allocation.objects.create(payment=payment, charge=None, amount=amount, created_at=at)


def make_refundable(payment: Payment, amount: int) -> int:
    """Turn credit of a payment into money that is due for refund.

    Returns:
        How much that is: the amount, or all credit that the payment has left.
    """
    amount = min(amount, credit_of(payment))
    if amount <= 0 or payment.payer is None:
        return 0
    now = clock.now()
    allocate_credit(payment, -amount, now)
    money = Money(amount, payment.currency)
    lines = [
        Line(Code.CREDIT, money, payment.payer),
        Line(Code.REFUNDS_DUE, -money, ("payment", payment.public_id)),
    ]
    memo = f"credit of payment {payment.public_id} due for refund"
    ledger.book(payment.site, f"credit-return:{public_id()}", memo, lines, at=now)
    return amount
