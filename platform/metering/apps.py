"""The meters and their readings."""

from django.apps import AppConfig


class MetersConfig(AppConfig):
    """Meters and their readings: the source of what is billed by use."""

    name = "metering"

    def ready(self) -> None:
        """Register the meter points of places."""
        from estate import ports
        from metering import usages

        ports.register_usages(usages.of_place)
