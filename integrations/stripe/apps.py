"""The stripe integration."""

from django.apps import AppConfig


class StripeConfig(AppConfig):
    """The stripe integration."""

    name = "integrations.stripe"
    label = "integration_stripe"
