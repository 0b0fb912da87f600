"""The notify integration."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """The notify integration."""

    name = "integrations.notify"
    label = "integration_notify"
