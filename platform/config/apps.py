"""The wiring of the whole product."""

import gc

from django.apps import AppConfig


class GatehouseConfig(AppConfig):
    """The wiring of the whole product."""

    name = "config"

    def ready(self) -> None:
        """Join the adapters to the ports that the apps define; know the kinds of runs.

        Garbage is searched for from here on, in what is made after the start.
        """
        from config import runs, wiring  # noqa: F401 — a web process starts runs, too

        wiring.wire()
        gc.freeze()
        gc.enable()
