"""`manage.py embedded_broker`: the fallback broker of a machine without mosquitto."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.appliance.embedded_broker import serve
from config.appliance.places import Home


class Command(BaseCommand):
    """Run amqtt with the appliance's passwords and rules."""

    help = "Run the embedded MQTT broker (for trying out only; `up` starts it where it is needed)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the address to listen on."""
        parser.add_argument("address", help="host:port, such as 127.0.0.1:1883")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        asyncio.run(serve(Home.at(settings.HOME), options["address"]))
