"""The asset tree of a site."""

from django.apps import AppConfig


class EstateConfig(AppConfig):
    """The asset tree of a site."""

    name = "estate"

    def ready(self) -> None:
        """Subscribe to the field's events."""
        from estate import handlers

        handlers.register()
