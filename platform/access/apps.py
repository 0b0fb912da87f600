"""Who may pass, and the passage log."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Who may pass, and the passage log."""

    name = "access"

    def ready(self) -> None:
        """Put the checks in their places and listen to the field."""
        from access import checks, handlers

        checks.wire()
        handlers.register()
