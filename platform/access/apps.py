"""Access: which cars may pass a lane, and the passage log."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Access: which cars may pass a lane, and the passage log."""

    name = "access"

    def ready(self) -> None:
        """Register the checks and subscribe to device events."""
        from access import checks, handlers

        checks.register_checks()
        handlers.register()
