"""The cards of people."""

from django.apps import AppConfig


class DoorsConfig(AppConfig):
    """The cards by which people open doors."""

    name = "doors"

    def ready(self) -> None:
        """Register the cards as rights that end with the last occupancy."""
        from doors import handlers, rights
        from people import ports

        handlers.register()
        ports.register_rights(rights.of_holder)
