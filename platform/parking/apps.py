"""Stays, published tariffs, quotes and occupancy."""

from django.apps import AppConfig


class ParkingConfig(AppConfig):
    """Stays, published tariffs, quotes and occupancy."""

    name = "parking"

    def ready(self) -> None:
        """Register checks, handlers, what stays refer to and need, and stays as charges' source."""
        from access.retention import retain
        from billing.ports import register_source
        from estate import ports
        from parking import checks, handlers, retention, usages
        from parking.charge_source import StayCharges

        register_source(StayCharges())
        checks.register_checks()
        handlers.register()
        ports.register_usages(usages.of_place)
        ports.register_fixed_values(usages.fixed_by_stays)
        retain(retention.passages_of_unsettled_stays)
