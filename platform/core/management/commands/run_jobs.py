"""`manage.py run_jobs`: the process that runs queued and scheduled jobs."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from core.jobs import work


class Command(BaseCommand):
    """Run jobs until SIGTERM or Ctrl-C; the job at hand is finished first."""

    help = "Run queued and scheduled jobs. Start as many of these as there is work for."
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --alone."""
        parser.add_argument(
            "--alone",
            action="store_true",
            help="this is the only worker: take up at once what a killed one left behind",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until a signal says stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        work(lambda: not self.stopping, alone=options["alone"])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
