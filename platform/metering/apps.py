"""The meters and their readings."""

from django.apps import AppConfig


class MetersConfig(AppConfig):
    """Meters and their readings: the source of what is billed by use."""

    name = "metering"

    def ready(self) -> None:
        """Register the meter points of places, and how long photos are kept."""
        from core import orphaned_files
        from estate import ports
        from metering import retention, usages
        from metering.services.common import PHOTOS

        ports.register_usages(usages.of_place)
        retention.register_classes()
        orphaned_files.declare(PHOTOS, retention.photos_in_use)
