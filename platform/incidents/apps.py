"""Incidents, their review, and the watch-list."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents, their review, and the watch-list."""

    name = "incidents"

    def ready(self) -> None:
        """Subscribe to device events."""
        from incidents import handlers

        handlers.register()
