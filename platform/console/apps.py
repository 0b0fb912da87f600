"""The staff's web."""

from django.apps import AppConfig
from django.core import checks


class ConsoleConfig(AppConfig):
    """The staff's web."""

    name = "console"

    def ready(self) -> None:
        """Have its setting checked at each start."""
        from console.devices.broker_access import check_public_address

        checks.register(check_public_address)
