"""`manage.py read_plates`: the process that reads the photos that wait."""

import logging
import signal
import time
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from access.reading import read_next
from access.services import READ_CHANNEL
from core import pg_notify
from devices.vision.plates import PlateReader, plate_reader

logger = logging.getLogger(__name__)
# A photo is looked for so often even where no notice came, in seconds.
LOOK_AGAIN = 2.0
# How long to wait before the database is tried again, in seconds.
PAUSE = 1.0


class Command(BaseCommand):
    """Read photos until told to stop; several may run side by side."""

    help = "Read the plates on the photographs that wait, and decide by them."
    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the reader once, then read whatever waits, the newest first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        reader = plate_reader(settings.PLATE_READER, countries=tuple(settings.PLATE_COUNTRIES))
        self.stdout.write(f"Reading plates with {settings.PLATE_READER}.")
        while not self.stopping:
            try:
                pg_notify.listen(READ_CHANNEL)
                self._read_on(reader)
            except (DatabaseError, psycopg2.Error) as error:
                logger.warning("the database is away (%s); trying again", str(error).strip())
                connection.close()
                time.sleep(PAUSE)

    def _read_on(self, reader: PlateReader) -> None:
        while not self.stopping:
            if read_next(reader) is None:
                pg_notify.wait(LOOK_AGAIN)

    def _stop(self, *_signal: Any) -> None:
        self.stopping = True
