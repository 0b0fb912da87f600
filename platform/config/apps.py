"""The wiring of the whole product."""

from django.apps import AppConfig


class GatehouseConfig(AppConfig):
    """The wiring of the whole product."""

    name = "config"
