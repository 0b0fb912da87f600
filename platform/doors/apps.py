"""People at doors: credentials, rights, passages."""

from django.apps import AppConfig


class DoorsConfig(AppConfig):
    """Who may pass which doors, by which means, and who did."""

    name = "doors"

    def ready(self) -> None:
        """Register what ends with the last occupancy, what rules watch, and what is kept."""
        from doors import (
            alarms,
            handlers,
            lock_downs,  # noqa: F401 - declares its notices
            retention,
            rights,
            signals,
            usages,
        )
        from doors.device_lists import photos
        from doors.faces import purposes, terminals
        from estate.ports import register_usages
        from people import ports

        handlers.register()
        ports.register_rights(rights.of_holder)
        register_usages(usages.of_place)
        retention.register_classes()
        signals.register_kind()
        purposes.register()
        photos.register_source(terminals.EnrolledFaces())
        alarms.register_kind()
