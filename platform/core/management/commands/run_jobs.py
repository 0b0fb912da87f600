"""`manage.py run_jobs`: the process that runs queued and scheduled jobs."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from core.jobs import BULK, FAST, work


class Command(BaseCommand):
    """Run jobs until SIGTERM or Ctrl-C; the job at hand is finished first."""

    help = "Run queued and scheduled jobs. Start as many of these as each queue needs."
    requires_system_checks = ()  # they would load every page of the web into this process
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --queue and --alone."""
        parser.add_argument(
            "--queue",
            choices=(FAST, BULK),
            action="append",
            help="run the jobs of this queue; without it those of both, the fast ones first",
        )
        parser.add_argument(
            "--alone",
            action="store_true",
            help="no other worker runs these queues: release at once what a killed one had claimed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run jobs until a signal stops the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        queues = options["queue"] or (FAST, BULK)
        work(lambda: not self.stopping, queues=queues, alone=options["alone"])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
