"""The watch-list, incidents and their review."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """The watch-list, incidents and their review."""

    name = "incidents"

    def ready(self) -> None:
        """Listen to the field."""
        from incidents import handlers

        handlers.register()
