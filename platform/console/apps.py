"""The staff's web."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The staff's web."""

    name = "console"
