"""The row of a payment: the lock of its refunds, its credit and its fapiao."""

from billing.models import Payment


def lock_payment_row(payment_id: int) -> Payment:
    """Return a payment as it is now, with its site, locked until the transaction ends.

    Whoever changes its charges, too, locks their causes first.
    """
    rows = Payment.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    return rows.get(pk=payment_id)
