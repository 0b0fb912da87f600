"""Stripe's webhook: events are trusted by their signature alone."""

import logging
from datetime import UTC, datetime

import stripe
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from stripe.checkout import Session

from billing import services
from billing.ports import Checkout
from integrations.stripe.adapter import EVENTS, NAME, checkout_of, is_ours

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Process one event: 400 unless Stripe signed it, 200 once it is committed, of any type.

    Any other failure is a 500 with no change written, so that Stripe sends the event again.
    """
    secret = settings.STRIPE_WEBHOOK_SECRET
    if not secret:
        # Without a secret a signature is no proof: anyone could compute one.
        return HttpResponseNotFound("STRIPE_WEBHOOK_SECRET is not set")
    try:
        event = stripe.Webhook.construct_event(
            request.body, request.headers.get("Stripe-Signature"), secret
        )
    except (stripe.SignatureVerificationError, ValueError) as error:
        logger.warning("a webhook was refused: its signature is not Stripe's: %s", error)
        return HttpResponseBadRequest("not signed by Stripe")
    is_new = services.process_event(NAME, event.id, event.type, _checkout(event))
    return HttpResponse("processed" if is_new else "processed before")


def _checkout(event: stripe.Event) -> Checkout | None:
    session = event.data.object
    if event.type not in EVENTS or not isinstance(session, Session) or not is_ours(session):
        return None
    return checkout_of(session, event.type, datetime.fromtimestamp(event.created, UTC))
