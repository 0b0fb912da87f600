"""Scheduled jobs of billing: reconcile checkouts, send the outbox, merge daily totals."""

import logging
from datetime import date, timedelta

from django.db.models import Q

from billing import balances, ports
from billing.models import Payment, Refund, SavedMethod
from billing.services import end_checkout, refresh_payment, send_refund
from billing.services.autopay import collect_due, notify_due
from billing.services.reconciliation import accounts_of, reconcile_account
from core import clock, outbox
from core.errors import Rejection
from core.jobs import at_local_time, every
from core.models import Site

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
    is_configured = Q(account__isnull=False) | Q(provider__in=ports.provider_names())
    waiting = Payment.objects.filter(
        is_configured,
        state__in=Payment.UNDER_WAY,
        created_at__lte=clock.now() - RECONCILE_AFTER,
    )
    return sum(
        _refreshed(payment)
        for payment in waiting.select_related("account").order_by("created_at")[:_BATCH_SIZE]
    )


@at_local_time("04:10")
def reconcile_balances(site_id: int, _day: str) -> int:
    """Compare the providers' balances with the ledger; return how many movements were new."""
    site, new = Site.objects.get(pk=site_id), 0
    for account in accounts_of(site, Payment.Provider.STRIPE):
        try:
            new += reconcile_account(Payment.Provider.STRIPE, account)
        except (ports.ProviderUnreachableError, ports.ProviderRefusedError) as error:
            logger.warning("the balance of %s was not read: %s", account or "the account", error)
    return new


@every(minutes=1)
def send_outbox() -> int:
    """Send the outbox messages that are due; return how many were tried."""
    return outbox.send_due()


@every(minutes=5)
def merge_daily_totals() -> int:
    """Merge the ledger's daily totals; return how many rows were merged."""
    return balances.merge_daily_totals()


@at_local_time("09:00")
def run_autopay(site_id: int, day: str) -> int:
    """Notify payers of what auto-pay will collect, and collect what is due; return the payments."""
    site, today = Site.objects.get(pk=site_id), date.fromisoformat(day)
    notify_due(site, today)
    return collect_due(site, today)


def detach_method(_key: str, message: dict[str, int]) -> None:
    """Send one outbox message that has a provider forget a saved method."""
    method = SavedMethod.objects.select_related("account").get(pk=message["method"])
    provider = ports.provider(method.provider, method.account)
    if provider is not None:
        provider.detach(method.reference)


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
