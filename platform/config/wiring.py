"""Which adapter serves which port: the one place where rooms that don't know each other meet."""

from django.conf import settings

import billing.ports
import devices.ports
from billing import jobs
from billing.services.recording import END_CHECKOUT, RECEIPT_MAIL
from config.broker_accounts import adapter
from core import outbox
from integrations.notify.mail import send_receipt
from integrations.stripe.adapter import NAME as STRIPE
from integrations.stripe.adapter import StripeProvider


def wire() -> None:
    """Wire every port, once, when the apps are ready."""
    wire_payments()
    wire_field()


def wire_payments() -> None:
    """Wire who takes money online, where there is an account for it, and who mails receipts."""
    if settings.STRIPE_API_KEY:
        provider = StripeProvider(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE)
        billing.ports.provide(STRIPE, provider)
    outbox.send_with(END_CHECKOUT, jobs.end_unneeded)
    outbox.send_with(RECEIPT_MAIL, send_receipt)


def wire_field() -> None:
    """Wire who may sign in to the broker: the devices of the registry."""
    devices.ports.use_broker_accounts(adapter())
