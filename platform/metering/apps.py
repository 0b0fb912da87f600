"""The meters and their readings."""

from django.apps import AppConfig


class MetersConfig(AppConfig):
    """Meters and their readings: the source of what is billed by use."""

    name = "metering"
