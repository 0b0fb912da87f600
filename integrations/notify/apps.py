"""Mail to people outside the staff."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Mail to people outside the staff."""

    name = "integrations.notify"
    label = "integration_notify"
