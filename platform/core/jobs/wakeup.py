"""Wake an idle worker when a job of its queue is committed."""

import logging
import select
import time
from collections.abc import Iterable
from typing import Any

import psycopg2
from django.db import connection

from core.jobs.queue import channel

log = logging.getLogger(__name__)


class Wakeup:
    """A database connection of its own that listens for the NOTIFY of `enqueue`.

    Django's connection would not do: a job may close it, and the notifications would be lost.
    While PostgreSQL does not answer, `wait` is a plain pause, so the worker polls.
    """

    def __init__(self, queues: Iterable[str]) -> None:
        self._queues = tuple(queues)
        self._listening: Any = None

    def wait(self, seconds: float) -> None:
        """Return when a job was queued, at the latest after so many seconds."""
        if self._listening is None:
            time.sleep(seconds)
            return
        try:
            if not self._listening.notifies:
                select.select([self._listening], [], [], seconds)
                self._listening.poll()
            self._listening.notifies.clear()
        except psycopg2.Error:
            self.close()

    def connect(self) -> None:
        """Start to listen: no job queued from here on is missed."""
        if self._listening is not None:
            return
        try:
            self._listening = connection.get_new_connection(connection.get_connection_params())
            self._listening.autocommit = True
            with self._listening.cursor() as cursor:
                for name in self._queues:
                    cursor.execute(f'LISTEN "{channel(name)}"')
        except psycopg2.Error as error:
            log.warning("Cannot listen for new jobs, polling instead: %s", error)
            self.close()

    def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
