"""Access: which cars may pass a lane, and the passage log."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Access: which cars may pass a lane, and the passage log."""

    name = "access"

    def ready(self) -> None:
        """Register the checks, what refers to lanes, what rules watch and how long data is kept.

        Subscribe to events.
        """
        from access import (
            alarm_signals,
            checks,
            evidence,
            handlers,
            hosted,
            label_exports,
            retention,
            usages,
        )
        from core import orphaned_files, photos
        from estate import ports
        from people.ports import register_rights

        checks.register_checks()
        handlers.register()
        alarm_signals.register_kind()
        retention.register_classes()
        orphaned_files.declare(photos.PASSAGES, retention.photos_in_use)
        orphaned_files.declare(label_exports.FOLDER, label_exports.files_in_use)
        evidence.register_provider()
        ports.register_usages(usages.of_place)
        register_rights(hosted.of_host)
