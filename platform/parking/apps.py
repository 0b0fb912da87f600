"""Stays, tariffs and what is due."""

from django.apps import AppConfig


class ParkingConfig(AppConfig):
    """Stays, tariffs and what is due."""

    name = "parking"

    def ready(self) -> None:
        """Put the checks in their places and follow the decisions."""
        from parking import checks, handlers

        checks.register_checks()
        handlers.register()
