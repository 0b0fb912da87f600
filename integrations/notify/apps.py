"""E-mail to payers and visitors."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """E-mail to payers and visitors."""

    name = "integrations.notify"
    label = "integration_notify"
