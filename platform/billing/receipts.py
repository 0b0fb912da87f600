"""Receipt numbers: consecutive at each site, without gaps or duplicates."""

from django.db import connection

from billing.models import Payment

_SAVE_PAID = """
WITH next AS (
    INSERT INTO billing_receiptcounter AS counter (site_id, last) VALUES (%(site)s, 1)
    ON CONFLICT (site_id) DO UPDATE SET last = counter.last + 1 RETURNING last
)
UPDATE billing_payment SET state = 'paid', failure = '', receipt_no = next.last,
    paid_at = %(paid_at)s, provider_ref = %(reference)s, checkout_url = %(url)s
FROM next WHERE id = %(payment)s RETURNING receipt_no
"""


def save_paid(payment: Payment) -> None:
    """Save a payment as paid, with the site's next receipt number, in the caller's transaction.

    The counter stays locked until that transaction ends, so that a rolled-back one returns its
    number. Call it last: other payments of the site wait for the lock meanwhile.
    """
    if payment.provider == Payment.Provider.OPENING:
        _save_without_receipt(payment)
        return
    values = {
        "site": payment.site_id,
        "payment": payment.pk,
        "paid_at": payment.paid_at,
        "reference": payment.provider_ref,
        "url": payment.checkout_url,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAVE_PAID, values)
        payment.receipt_no = int(cursor.fetchone()[0])
    payment.state, payment.failure = Payment.State.PAID, ""


def _save_without_receipt(payment: Payment) -> None:
    """Save money that was received before the site's books began."""
    payment.state, payment.failure = Payment.State.PAID, ""
    payment.save(update_fields=["state", "failure", "paid_at"])
