"""The wiring of the whole product."""

from django.apps import AppConfig


class GatehouseConfig(AppConfig):
    """The wiring of the whole product."""

    name = "config"

    def ready(self) -> None:
        """Join the adapters to the ports that the apps define; know the kinds of runs."""
        from config import runs, wiring  # noqa: F401 — a web process starts runs, too

        wiring.wire()
