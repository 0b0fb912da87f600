"""Stays, published tariffs, quotes and occupancy."""

from django.apps import AppConfig


class ParkingConfig(AppConfig):
    """Stays, published tariffs, quotes and occupancy."""

    name = "parking"

    def ready(self) -> None:
        """Register checks, handlers and stays as a source of charges."""
        from billing.ports import register_source
        from parking import checks, handlers
        from parking.charge_source import StayCharges

        register_source(StayCharges())
        checks.register_checks()
        handlers.register()
