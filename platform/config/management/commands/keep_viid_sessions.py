"""`manage.py keep_viid_sessions`: registered at peers of GA/T 1400 while it runs."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from integrations.police.viid.sessions import Sessions


class Command(BaseCommand):
    """Register and keep alive until SIGTERM or Ctrl-C, then unregister."""

    help = "Keep the registrations of feeds of GA/T 1400. Start one of these, where there are any."
    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal stops the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        Sessions().run(self._go_on)

    def _go_on(self) -> bool:
        close_old_connections()
        return not self.stopping

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
