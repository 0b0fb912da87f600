"""`manage.py read_plates`: the process that works through the queue of photos."""

import logging
import signal
import time
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from access.photo_queue import read_next_photo
from access.services import READ_CHANNEL
from core import pg_notify
from core.images import DECODER
from devices.vision.plates import PlateReader, plate_reader

logger = logging.getLogger(__name__)
# Seconds between two polls of the queue; a NOTIFY ends the wait early.
POLL_INTERVAL_S = 2.0
# Seconds before a lost database connection is tried again.
RETRY_S = 1.0


class Command(BaseCommand):
    """Read photos until a signal stops the process; several processes may run side by side."""

    help = "Read the plates on queued photos and decide by them."
    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the reader once, then read queued photos, the newest first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        reader = plate_reader(
            settings.PLATE_READER,
            countries=tuple(settings.PLATE_COUNTRIES),
            models=settings.EASYOCR_MODELS,
        )
        DECODER.start()
        self.stdout.write(f"Reading plates with {settings.PLATE_READER}.")
        while not self.stopping:
            try:
                pg_notify.listen(READ_CHANNEL)
                self._read_queue(reader)
            except (DatabaseError, psycopg2.Error) as error:
                logger.warning("database connection lost (%s); retrying", str(error).strip())
                connection.close()
                time.sleep(RETRY_S)

    def _read_queue(self, reader: PlateReader) -> None:
        while not self.stopping:
            if read_next_photo(reader) is None:
                pg_notify.wait(POLL_INTERVAL_S)

    def _stop(self, *_signal: Any) -> None:
        self.stopping = True
