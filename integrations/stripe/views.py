"""Stripe's webhook: events are trusted by their signature alone."""

import logging
from datetime import UTC, datetime

import stripe
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from stripe.checkout import Session

from billing import services
from billing.ports import Checkout, Report
from billing.ports import provider as find_provider
from integrations.stripe.account import webhook_secret
from integrations.stripe.adapter import EVENTS, NAME, StripeProvider, checkout_of, is_ours
from integrations.stripe.refunds import DISPUTE_EVENTS, REFUND_EVENTS, dispute_of, refund_of

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Process one event: 400 unless Stripe signed it, 200 once it is committed, of any type.

    Any other failure is a 500 with no change written, so that Stripe sends the event again.
    """
    secret = webhook_secret()
    if not secret:
        # Without a secret a signature is no proof: anyone could compute one.
        return HttpResponseNotFound("no webhook secret is set")
    try:
        event = stripe.Webhook.construct_event(
            request.body, request.headers.get("Stripe-Signature"), secret
        )
    except (stripe.SignatureVerificationError, ValueError) as error:
        logger.warning("a webhook was refused: its signature is not Stripe's: %s", error)
        return HttpResponseBadRequest("not signed by Stripe")
    is_new = services.process_event(NAME, event.id, event.type, _report(event))
    return HttpResponse("processed" if is_new else "processed before")


def _report(event: stripe.Event) -> Report | None:
    """Return what the event reports of us; None where it concerns none of our payments."""
    reported = event.data.object
    if event.type in REFUND_EVENTS and isinstance(reported, stripe.Refund):
        payment = getattr(reported.metadata, "payment", "") or _payment_of(reported.payment_intent)
        return refund_of(reported, payment) if payment else None
    if event.type in DISPUTE_EVENTS and isinstance(reported, stripe.Dispute):
        payment = _payment_of(reported.payment_intent)
        return dispute_of(reported, payment) if payment else None
    return _checkout(event)


def _payment_of(intent: str | stripe.PaymentIntent | None) -> str:
    """Ask Stripe which payment of ours an intent belongs to.

    Raises:
        ProviderUnreachableError: Stripe did not answer; it sends the event again.
    """
    provider = find_provider(NAME)
    if intent is None or not isinstance(provider, StripeProvider):
        return ""
    return provider.payment_of(intent if isinstance(intent, str) else intent.id)


def _checkout(event: stripe.Event) -> Checkout | None:
    session = event.data.object
    if event.type not in EVENTS or not isinstance(session, Session) or not is_ours(session):
        return None
    return checkout_of(session, event.type, datetime.fromtimestamp(event.created, UTC))
