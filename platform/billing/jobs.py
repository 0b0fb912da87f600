"""What billing does on a clock: asks after checkouts nobody heard of, and sends what is due."""

import logging
from datetime import timedelta

from billing import ports
from billing.models import Payment
from billing.services import ask_provider, end_checkout
from core import clock, outbox
from core.errors import Rejection
from core.jobs import every

logger = logging.getLogger(__name__)
# A payer needs about so long; younger checkouts speak for themselves by the provider's messages.
ASK_AFTER = timedelta(minutes=3)
_AT_ONCE = 200


@every(minutes=1)
def reconcile() -> int:
    """Ask the provider about every checkout under way for a while; return how many answered.

    It settles what was paid though no message came, ends what has run out, and tells the provider
    again of an attempt whose answer got lost.
    """
    waiting = Payment.objects.filter(
        provider__in=ports.PROVIDERS,
        state__in=Payment.UNDER_WAY,
        created_at__lte=clock.now() - ASK_AFTER,
    )
    return sum(_asked(payment) for payment in waiting.order_by("created_at")[:_AT_ONCE])


@every(minutes=1)
def send_outbox() -> int:
    """Send what the outbox holds and is due; return how many were tried."""
    return outbox.send_due()


def end_unneeded(_key: str, message: dict[str, str]) -> None:
    """Send one "end this checkout" of the outbox: nobody shall pay it any more."""
    payment = Payment.objects.filter(public_id=message["payment"]).first()
    if payment is not None:
        end_checkout(payment)


def _asked(payment: Payment) -> bool:
    try:
        ask_provider(payment)
    except Rejection as rejection:
        logger.warning("payment %s: %s", payment.public_id, rejection)
        return False
    return True
