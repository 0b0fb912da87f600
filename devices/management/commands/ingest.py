"""``manage.py ingest gates`` and ``manage.py ingest telemetry``."""

from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.link import AddressError

LOOPS = {"gates": "devices.gates", "telemetry": "devices.telemetry.ingest"}


class Command(BaseCommand):
    """Handle messages of the broker until a signal stops it."""

    help = "Handle messages of the broker: all but telemetry (gates), or telemetry."
    requires_system_checks = ()  # they would load every page of the web into this process

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the argument."""
        parser.add_argument("what", choices=sorted(LOOPS))

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        """Run the loop.

        Raises:
            CommandError: MQTT_URL is not a broker URL.
        """
        try:
            import_module(LOOPS[what]).run()
        except AddressError as error:
            raise CommandError(str(error)) from error
