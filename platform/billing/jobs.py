"""Scheduled jobs of billing: reconcile checkouts with their provider, send the outbox."""

import logging
from datetime import timedelta

from billing import ports
from billing.models import Payment, Refund
from billing.services import end_checkout, refresh_payment, send_refund
from core import clock, outbox
from core.errors import Rejection
from core.jobs import every

logger = logging.getLogger(__name__)
# A payer needs about this long; a younger checkout is left to the provider's own events.
RECONCILE_AFTER = timedelta(minutes=3)
_BATCH_SIZE = 200


@every(minutes=1)
def reconcile() -> int:
    """Refresh every checkout under way from its provider; return how many were refreshed.

    It settles payments whose event never arrived, expires what has run out, and repeats attempts
    whose answer was lost.
    """
    waiting = Payment.objects.filter(
        provider__in=ports.provider_names(),
        state__in=Payment.UNDER_WAY,
        created_at__lte=clock.now() - RECONCILE_AFTER,
    )
    return sum(_refreshed(payment) for payment in waiting.order_by("created_at")[:_BATCH_SIZE])


@every(minutes=1)
def send_outbox() -> int:
    """Send the outbox messages that are due; return how many were tried."""
    return outbox.send_due()


def end_unneeded(_key: str, message: dict[str, str]) -> None:
    """Send one outbox message that ends a checkout which must not be paid any more."""
    payment = Payment.objects.filter(public_id=message["payment"]).first()
    if payment is not None:
        end_checkout(payment)


def send_refund_message(_key: str, message: dict[str, str]) -> None:
    """Send one outbox message that pays money back through its provider."""
    send_refund(Refund.objects.select_related("payment__site").get(public_id=message["refund"]))


def _refreshed(payment: Payment) -> bool:
    try:
        refresh_payment(payment)
    except Rejection as rejection:
        logger.warning("payment %s: %s", payment.public_id, rejection)
        return False
    return True
