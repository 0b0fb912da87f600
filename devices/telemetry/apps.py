"""The telemetry tables."""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Numbers that devices report, by time."""

    name = "devices.telemetry"
    label = "telemetry"
