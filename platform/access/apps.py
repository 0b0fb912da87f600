"""Who may pass, and the passage log."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Who may pass, and the passage log."""

    name = "access"
