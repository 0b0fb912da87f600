"""The asset tree of a site."""

from django.apps import AppConfig


class EstateConfig(AppConfig):
    """The asset tree of a site."""

    name = "estate"

    def ready(self) -> None:
        """Subscribe to the field's events, and register what refers to places."""
        from estate import handlers, ports, usages

        handlers.register()
        ports.register_usages(usages.of_place)
        ports.register_fixed_values(usages.fixed_by_devices)
