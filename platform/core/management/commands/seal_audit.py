"""`manage.py seal_audit`: the process that seals audit entries and anchors the chains' heads."""

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection

from core.audit import anchors, sealing

log = logging.getLogger(__name__)
ROUND_S = 1.0
LONGEST_PAUSE_S = 15.0
# Anchors are written daily; a new site's first one within this time.
ANCHOR_CHECK_S = 60.0


class Command(BaseCommand):
    """Seal committed audit entries about once a second until SIGTERM or Ctrl-C."""

    help = "Seal audit entries. A second process stands by until the first has ended."
    requires_system_checks = ()  # they would load every page of the web into this process

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal until a stop signal."""
        self.stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        SealingProcess(self.stopping).run()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()


class SealingProcess:
    """Seals until it is stopped; goes on with a new connection after the database was away."""

    def __init__(self, stopping: threading.Event) -> None:
        self.stopping = stopping
        self._sealer = sealing.Sealer()
        self._anchors_due = 0.0

    def run(self) -> None:
        """Seal once a second, less often while the database is away."""
        pause = ROUND_S
        while not self.stopping.is_set():
            try:
                self._seal_all()
                pause = ROUND_S
            except Error as error:
                connection.close()
                pause = min(pause * 2, LONGEST_PAUSE_S)
                log.warning("the database is away, trying again in %g s: %s", pause, error)
            self.stopping.wait(pause)

    def _seal_all(self) -> None:
        sealed = self._sealer.seal()
        while sealed and not self.stopping.is_set():
            sealed = self._sealer.seal()
        if sealed is not None and time.monotonic() >= self._anchors_due:
            anchors.write_due()
            self._anchors_due = time.monotonic() + ANCHOR_CHECK_S
