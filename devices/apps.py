"""Devices: registry, link, drivers, recognition, telemetry, commands, simulator."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """The device registry and the link to the field."""

    name = "devices"

    def ready(self) -> None:
        """Register how long messages are kept."""
        from devices import retention

        retention.register_classes()
