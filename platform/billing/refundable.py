"""How much of a payment is due for refund, can still be requested, or is its payer's credit."""

from django.db.models import Q, Sum

from billing.models import Account, Allocation, LedgerLine, Payment, Refund
from core.money import Money


def refunds_due_of(payment: Payment) -> int:
    """Return the payment's balance of the account of refunds due, in minor units."""
    is_its_own = Q(party_type="payment", party_id=payment.public_id)
    # Version 0.1 wrote no parties: the entry that posted a payment names it.
    is_its_own |= Q(party_type__isnull=True, entry__reference=payment.reference)
    rows = LedgerLine.objects.filter(
        is_its_own, account__site=payment.site_id, account__code=Account.Code.REFUNDS_DUE
    )
    return -int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)


def refundable(payment: Payment) -> Money:
    """Return what can be requested for refund: what is due less what was requested already."""
    under_way = payment.refunds.filter(state__in=Refund.NOT_POSTED)
    requested = int(under_way.aggregate(sum=Sum("amount"))["sum"] or 0)
    return Money(max(0, refunds_due_of(payment) - requested), payment.currency)


def credit_of(payment: Payment) -> int:
    """Return how much of the payment is its payer's credit, in minor units."""
    rows = Allocation.objects.filter(payment=payment, charge__isnull=True)
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)
