"""The wiring of the whole product."""

from django.apps import AppConfig


class GatehouseConfig(AppConfig):
    """The wiring of the whole product."""

    name = "config"

    def ready(self) -> None:
        """Join the adapters to the ports that the apps define."""
        from config import wiring

        wiring.wire()
