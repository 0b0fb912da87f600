"""Stays, published tariffs, quotes and occupancy."""

from django.apps import AppConfig


class ParkingConfig(AppConfig):
    """Stays, published tariffs, quotes and occupancy."""

    name = "parking"

    def ready(self) -> None:
        """Register checks, handlers, what stays refer to and need, and stays as charges' source."""
        from access.retention import retain
        from billing.explanations import register_explanation
        from billing.ports import register_source
        from estate import ports
        from parking import checks, handlers, retention, usages
        from parking.charge_source import StayCharges
        from parking.explanations import explain_stay

        register_source(StayCharges())
        register_explanation(StayCharges.kind, explain_stay)
        checks.register_checks()
        handlers.register()
        ports.register_usages(usages.of_place)
        ports.register_fixed_values(usages.fixed_by_stays)
        retain(retention.passages_of_unsettled_stays)
