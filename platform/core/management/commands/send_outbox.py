"""`manage.py send_outbox`: the process that sends lanes of the outbox."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.outbox_lanes import Lane, run_lanes

THREADS = 64


class Command(BaseCommand):
    """Send until SIGTERM or Ctrl-C; what is under way is finished first."""

    help = "Send the messages of lanes of the outbox. Start as many of these as needed."
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the lanes and --alone."""
        parser.add_argument(
            "lanes",
            nargs="+",
            metavar="LANE",
            help="such as feeds, or notifications:8 to send to so many receivers at once"
            f" (default {THREADS})",
        )
        parser.add_argument(
            "--alone",
            action="store_true",
            help="no other process sends these: release at once what a killed one had claimed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send until a signal stops the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        lanes = [_lane(text) for text in options["lanes"]]
        run_lanes(lanes, lambda: not self.stopping, alone=options["alone"])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def _lane(text: str) -> Lane:
    name, _, threads = text.partition(":")
    try:
        return Lane(name, int(threads or THREADS))
    except ValueError as error:
        raise CommandError(f"{text}: {error}. Write a lane as feeds, or as feeds:8.") from error
