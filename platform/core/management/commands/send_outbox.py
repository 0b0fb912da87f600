"""`manage.py send_outbox`: the process that sends one lane of the outbox."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from core.outbox_lanes import Lane, accompanied

THREADS = 64


class Command(BaseCommand):
    """Send until SIGTERM or Ctrl-C; what is under way is finished first."""

    help = "Send the messages of one lane of the outbox. Start as many of these as needed."
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the lane, --threads and --alone."""
        parser.add_argument("lane", help="such as feeds")
        parser.add_argument(
            "--threads",
            type=int,
            default=THREADS,
            help=f"so many receivers are sent to at once (default {THREADS})",
        )
        parser.add_argument(
            "--alone",
            action="store_true",
            help="no other process sends this lane: release at once what a killed one had claimed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send until a signal stops the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        lane = Lane(options["lane"], options["threads"])
        with accompanied(lane.name):
            lane.run(lambda: not self.stopping, alone=options["alone"])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
