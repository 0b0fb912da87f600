"""What every app shares."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    """Money, clock, ids, outbox, audit, permissions per site and the live channel."""

    name = "core"

    def ready(self) -> None:
        """Load the topics that apps declare, and close live channels with their sessions."""
        from core import live_sessions

        autodiscover_modules("topics")
        live_sessions.connect_signals()
