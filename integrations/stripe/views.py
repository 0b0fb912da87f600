"""Stripe's webhook: events are trusted by their signature alone."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import stripe
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from stripe.checkout import Session

from billing import services
from billing.models import ProviderAccount
from billing.ports import Checkout, Report
from billing.ports import provider as find_provider
from billing.provider_messages import DetachedMethod, Setup
from integrations.stripe.account import is_from_environment, secret_of, webhook_secret
from integrations.stripe.adapter import NAME, StripeProvider, checkout_of, is_ours
from integrations.stripe.event_types import (
    DETACHED,
    DISPUTE_EVENTS,
    EVENTS,
    INTENT_EVENTS,
    REFUND_EVENTS,
)
from integrations.stripe.refunds import dispute_of, refund_of
from integrations.stripe.saved import checkout_of_intent, is_saved, is_setup

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, account: str = "") -> HttpResponse:
    """Process one event: 400 unless Stripe signed it, 200 once it is committed, of any type.

    Any other failure is a 500 with no change written, so that Stripe sends the event again.

    Args:
        account: the public id of the account that it is about; empty for the installation's.
    """
    is_known = False
    for signer, secret in _signers(account):
        is_known = True
        try:
            event = _verified(request, secret)
        except (stripe.SignatureVerificationError, ValueError) as error:
            logger.warning("a webhook was refused: its signature is not Stripe's: %s", error)
            continue
        is_new = services.process_event(NAME, event.id, event.type, _report(event, signer), signer)
        return HttpResponse("processed" if is_new else "processed before")
    # Without a secret a signature is no proof: anyone could compute one.
    unsigned = HttpResponseBadRequest("not signed by Stripe")
    return unsigned if is_known else HttpResponseNotFound("no webhook secret is set")


def _signers(public_id: str) -> Iterator[tuple[ProviderAccount | None, str]]:
    """Yield the accounts whose events arrive at an address, each with its signing secret.

    The address without an account is that of the installation: the environment's account, the one
    in use and those that it replaced.
    """
    accounts = ProviderAccount.objects.filter(provider=NAME)
    if public_id:
        accounts = accounts.filter(public_id=public_id)
    else:
        accounts = accounts.filter(organisation=None).order_by("-pk")
        if is_from_environment() and webhook_secret():
            yield None, webhook_secret()
    for account in accounts:
        if secret := secret_of(account):
            yield account, secret


def _verified(request: HttpRequest, secret: str) -> stripe.Event:
    signature = request.headers.get("Stripe-Signature")
    return stripe.Webhook.construct_event(request.body, signature, secret)


def _report(event: stripe.Event, account: ProviderAccount | None) -> Report | None:
    """Return what the event reports of us; None where it concerns none of our payments."""
    reported = event.data.object
    if event.type in REFUND_EVENTS and isinstance(reported, stripe.Refund):
        payment = getattr(reported.metadata, "payment", "") or _payment_of(
            reported.payment_intent, account
        )
        return refund_of(reported, payment) if payment else None
    if event.type in DISPUTE_EVENTS and isinstance(reported, stripe.Dispute):
        payment = _payment_of(reported.payment_intent, account)
        return dispute_of(reported, payment) if payment else None
    if event.type == DETACHED and isinstance(reported, stripe.PaymentMethod):
        return DetachedMethod(reported.id)
    if event.type in INTENT_EVENTS and isinstance(reported, stripe.PaymentIntent):
        at = datetime.fromtimestamp(event.created, UTC)
        return checkout_of_intent(reported, at=at) if is_saved(reported) else None
    if isinstance(reported, Session) and is_setup(reported):
        return _setup(reported, account)
    return _checkout(event)


def _setup(session: Session, account: ProviderAccount | None) -> Setup | None:
    """Ask Stripe for the saved method, which the event does not contain."""
    provider = find_provider(NAME, account)
    return provider.look_up_setup(session.id) if provider is not None else None


def _payment_of(intent: str | stripe.PaymentIntent | None, account: ProviderAccount | None) -> str:
    """Ask Stripe which payment of ours an intent belongs to.

    Raises:
        ProviderUnreachableError: Stripe did not answer; it sends the event again.
    """
    provider = find_provider(NAME, account)
    if intent is None or not isinstance(provider, StripeProvider):
        return ""
    return provider.payment_of(intent if isinstance(intent, str) else intent.id)


def _checkout(event: stripe.Event) -> Checkout | None:
    session = event.data.object
    if event.type not in EVENTS or not isinstance(session, Session) or not is_ours(session):
        return None
    return checkout_of(session, event.type, datetime.fromtimestamp(event.created, UTC))
