"""`manage.py read_plates`: the process that works through the queue of photos."""

import logging
import signal
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from access.photo_queue import read_next_photo
from access.readers import Attendance
from access.services import READ_CHANNEL
from core import pg_notify
from devices.vision.breaker import Breaker
from devices.vision.failures import NotRead
from devices.vision.isolated import IsolatedReader, Limits

logger = logging.getLogger(__name__)
# Seconds between two polls of the queue; a NOTIFY ends the wait early.
POLL_INTERVAL_S = 2.0
# Seconds before a lost database connection is tried again.
RETRY_S = 1.0


class Command(BaseCommand):
    """Read photos until a signal stops the process; several processes may run side by side."""

    help = "Read the plates on queued photos and decide by them."
    requires_system_checks = ()  # they would load every page of the web into this process

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._stopping = Event()

    def handle(self, *args: Any, **options: Any) -> None:
        """Read queued photos, the newest first, each reader in a thread with its own process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        breaker = Breaker()
        with ThreadPoolExecutor(settings.READ_WORKERS) as pool:
            threads = [pool.submit(self._work, breaker) for _ in range(settings.READ_WORKERS)]
            wait(threads, return_when=FIRST_EXCEPTION)
            self._stopping.set()
            for each in threads:
                each.result()

    def _work(self, breaker: Breaker) -> None:
        reader = _new_reader(breaker)
        self._start(reader)
        try:
            while not self._stopping.is_set():
                try:
                    pg_notify.listen(READ_CHANNEL)
                    self._read_queue(reader)
                except (DatabaseError, psycopg2.Error) as error:
                    logger.warning("database connection lost (%s); retrying", str(error).strip())
                    connection.close()
                    self._stopping.wait(RETRY_S)
        finally:
            reader.stop()
            connection.close()

    def _start(self, reader: IsolatedReader) -> None:
        """Load the engine; where it is missing, photos go to the guard without it."""
        try:
            reader.start()
            self.stdout.write(f"Reading plates with {settings.PLATE_READER}.")
            if reader.second_problem:
                self.stderr.write(f"No second opinion: {reader.second_problem}")
        except NotRead as error:
            self.stderr.write(f"Plate recognition is not available, the guard decides: {error}")

    def _read_queue(self, reader: IsolatedReader) -> None:
        attendance = Attendance()
        while not self._stopping.is_set():
            attendance.tell(
                is_pausing=reader.is_pausing,
                is_alone=bool(reader.second_problem),
                cameras=reader.pausing_sources,
            )
            if read_next_photo(reader) is None:
                _replace_lost(reader)
                pg_notify.wait(POLL_INTERVAL_S)

    def _stop(self, *_signal: Any) -> None:
        self._stopping.set()


def _replace_lost(reader: IsolatedReader) -> None:
    """Start the reader's process again where it was lost, so that the next car waits less."""
    if not reader.is_pausing:
        try:
            reader.start()
        except NotRead as error:
            logger.warning("plate recognition is not available: %s", error)


def _new_reader(breaker: Breaker) -> IsolatedReader:
    return IsolatedReader(
        settings.PLATE_READER,
        options={
            "countries": settings.PLATE_COUNTRIES,
            "models": settings.EASYOCR_MODELS,
            "second": settings.SECOND_READER,
        },
        limits=Limits(settings.READ_TIMEOUT_S, settings.READ_MEMORY_MIB),
        breaker=breaker,
    )
