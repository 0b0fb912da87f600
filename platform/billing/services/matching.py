"""Match what is due for refund with what a provider has paid back, whichever came first.

Money that leaves without being due for refund, by a refund in the provider's dashboard or a dispute
that was lost, is in suspense under its payment. Where some of the same payment is due for refund,
it was paid back already; paying it back again would be a second refund.
"""

from django.db.models import Sum

from billing import ledger
from billing.ledger import Line
from billing.models import Account, Dispute, LedgerEntry, LedgerLine, Payment
from billing.refundable import refunds_due_of
from billing.services.releasing import make_refundable
from core.money import Money


def match_refunds(payment: Payment) -> None:
    """Post how much of what is due for refund was paid back already; the payment is locked.

    Where a refund that was matched has failed, its amount becomes due for refund again. The money
    of a dispute that is open is left out, because it may still come back.
    """
    unexplained = _in_suspense(payment) - _disputed(payment)
    due = max(0, refunds_due_of(payment))
    if payment.payer is not None and unexplained > due:
        due += make_refundable(payment, unexplained - due)
    amount = min(unexplained, due)
    if not amount:
        return
    party = ("payment", payment.public_id)
    prefix = f"refund-match:{payment.public_id}:"
    number = LedgerEntry.objects.filter(reference__startswith=prefix).count() + 1
    ledger.book(
        payment.site,
        f"{prefix}{number}",
        f"payment {payment.public_id} was paid back at the provider",
        [
            Line(Account.Code.REFUNDS_DUE, Money(amount, payment.currency), party),
            Line(Account.Code.SUSPENSE, Money(-amount, payment.currency), party),
        ],
    )


def _in_suspense(payment: Payment) -> int:
    """Return what left the payment without being due for refund, in minor units."""
    lines = LedgerLine.objects.filter(
        account__site=payment.site_id,
        account__code=Account.Code.SUSPENSE,
        account__currency=payment.currency,
        party_type="payment",
        party_id=payment.public_id,
    )
    return int(lines.aggregate(sum=Sum("amount"))["sum"] or 0)


def _disputed(payment: Payment) -> int:
    open_ones = payment.disputes.filter(state=Dispute.State.OPEN, currency=payment.currency)
    return int(open_ones.aggregate(sum=Sum("amount"))["sum"] or 0)
