"""The visitors' web."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The visitors' web."""

    name = "portal"
