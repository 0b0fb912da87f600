"""The field: registry, link, drivers, recognition, telemetry, commands, simulator."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """Devices and what they say."""

    name = "devices"
