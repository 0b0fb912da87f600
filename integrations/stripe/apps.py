"""Payments by card and wallet through Stripe Checkout."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


class StripeConfig(AppConfig):
    """Payments by card and wallet through Stripe Checkout."""

    name = "integrations.stripe"
    label = "integration_stripe"

    def ready(self) -> None:
        """Register the check of the account's settings."""
        register(account_is_complete)


def account_is_complete(**_kwargs: Any) -> list[CheckMessage]:
    """Warn about an account whose webhooks would all be refused."""
    if not settings.STRIPE_API_KEY or settings.STRIPE_WEBHOOK_SECRET:
        return []
    return [
        Warning(
            "STRIPE_API_KEY is set, STRIPE_WEBHOOK_SECRET is not: Stripe's webhooks are refused.",
            hint="Payments are noticed by polling only, minutes late; see docs/payments.md.",
            id="stripe.W001",
        )
    ]
