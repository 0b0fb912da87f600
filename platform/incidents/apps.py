"""Incidents, their review, and the watch-list."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents, their review, and the watch-list."""

    name = "incidents"

    def ready(self) -> None:
        """Subscribe to device events, and declare what alarm rules may watch of devices."""
        from core import orphaned_files
        from core.events import subscribe
        from incidents import (  # noqa: F401  (registers kinds)
            handlers,
            own_kinds,
            reported_kinds,
            retention,
        )
        from incidents.alarms import device_signals
        from incidents.evidence import handlers as evidence_handlers
        from incidents.feeds import alerts, notices
        from incidents.feeds import handlers as feed_handlers
        from incidents.feeds.events import IncidentDispatched
        from incidents.sealing import exporting

        handlers.register()
        feed_handlers.register()
        alerts.register()
        device_signals.register_kinds()
        evidence_handlers.register()
        retention.register_classes()
        subscribe(IncidentDispatched, notices.notify_liaisons)
        orphaned_files.declare(exporting.FOLDER, exporting.files_in_use)
