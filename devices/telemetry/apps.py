"""App configuration of telemetry."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Telemetry: numbers that devices report, by time."""

    name = "devices.telemetry"
    label = "telemetry"
