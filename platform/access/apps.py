"""Access: which cars may pass a lane, and the passage log."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Access: which cars may pass a lane, and the passage log."""

    name = "access"

    def ready(self) -> None:
        """Register the checks and what refers to lanes; subscribe to device events."""
        from access import checks, handlers, hosted, usages
        from estate import ports
        from people.ports import register_rights

        checks.register_checks()
        handlers.register()
        ports.register_usages(usages.of_place)
        register_rights(hosted.of_host)
