"""What every app shares."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    """Money, clock, ids, outbox, audit, permissions per site and the live channel."""

    name = "core"

    def ready(self) -> None:
        """Load the topics and holdings of apps, and close live channels with their sessions."""
        from core import any_of, live_sessions, own_holdings  # noqa: F401 - it registers itself
        from core.imports import holdings  # noqa: F401 - it registers itself
        from core.notifications import retention
        from core.retention import audit_log

        autodiscover_modules("topics", "holdings")
        any_of.register()
        retention.register_classes()
        audit_log.register_classes()
        live_sessions.connect_signals()
