"""``manage.py ingest telemetry``: from the broker into the tables, in batches.

Order is everything: store, commit, and only then acknowledge. Killed anywhere before, the broker
sends the batch again, and what was stored already changes nothing the second time.
"""

import logging
import os
import signal
import time
from types import FrameType

from django.conf import settings
from django.db import Error, connection

from core import clock
from devices import presence
from devices.link import Message, Session
from devices.presence import Presence
from devices.telemetry import partitions
from devices.telemetry.message import TOPIC
from devices.telemetry.services import Raw, record

logger = logging.getLogger(__name__)

# The broker keeps our messages under this name, so it never changes.
CLIENT_ID = "gatehouse-telemetry"
# As many as the session lets be unacknowledged, or as come in a while that no chart shows.
FLUSH_MESSAGES = 2000
FLUSH_S = 0.15
IDLE_S = 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
# A barrier that opens late is worse than a curve that is drawn late.
NICENESS = 5


class Ingest:
    """The loop of one process: take, store, acknowledge."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._presence = Presence()
        self._next_presence = 0.0
        self._pause = FIRST_PAUSE_S
        self._stopping = False

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the loop after the batch in hand; a signal handler."""
        self._stopping = True

    @property
    def waits(self) -> bool:
        """Whether the last batch could not be stored yet."""
        return self._pause > FIRST_PAUSE_S

    def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping:
            messages = self._session.take(FLUSH_MESSAGES, IDLE_S, linger=FLUSH_S)
            if messages:
                self._settle(messages)
            if time.monotonic() >= self._next_presence:
                self._write_presence()
        self._session.stop()
        self._write_presence()
        connection.close()

    def _settle(self, messages: list[Message]) -> None:
        """Store the batch, however long the database is away, then acknowledge it.

        Where the connection to the broker is lost meanwhile, the broker sends the batch again.
        """
        batch = [Raw(message.topic, message.payload) for message in messages]
        received_at = clock.now()
        while not self._stopping:
            try:
                recorded = record(batch, received_at)
            except Error as error:
                self._wait(error)
            else:
                self._pause = FIRST_PAUSE_S
                self._session.ack(messages)
                for event in recorded.heard:
                    self._presence.note(event)
                return

    def _wait(self, error: Error) -> None:
        logger.warning("no telemetry is stored: %s; next try in %.1f s", _line(error), self._pause)
        connection.close()
        self._session.take(0, self._pause)  # the broker must not take us for dead meanwhile
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    def _write_presence(self) -> None:
        """Write who was heard of; what can't be written now is heard again with the next batch."""
        self._next_presence = time.monotonic() + presence.EVERY.total_seconds() / 2
        try:
            self._presence.write()
        except Error as error:
            logger.warning("it is not written who was heard of: %s", _line(error))
            connection.close()


def run() -> None:
    """Take telemetry until SIGTERM or SIGINT.

    Raises:
        devices.link.AddressError: MQTT_URL is no broker's address.
    """
    os.nice(NICENESS)
    ingest = Ingest(Session(settings.MQTT_URL, CLIENT_ID, [TOPIC]))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ingest.stop)
    _make_days()
    ingest.run()


def _make_days() -> None:
    try:
        partitions.make_days(clock.now().date())
    except Error as error:  # the default partition takes the rows until the job has made the day
        logger.warning("no partitions could be made now: %s", _line(error))
        connection.close()


def _line(error: Error) -> str:
    return str(error).partition("\n")[0]
