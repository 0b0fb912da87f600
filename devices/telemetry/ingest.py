"""``manage.py ingest telemetry``: from the broker into the tables, in batches.

Order is everything: store, commit, and only then acknowledge. Killed anywhere before, the broker
sends the batch again, and what was stored already changes nothing the second time.
"""

import logging
import os
import signal
from types import FrameType

from django.conf import settings
from django.db import Error, connection

from core import clock
from devices.link import Message, Session
from devices.telemetry import partitions
from devices.telemetry.letters import Raw
from devices.telemetry.services import record

logger = logging.getLogger(__name__)

# The broker keeps our messages under this name, so it never changes.
CLIENT_ID = "gatehouse-telemetry"
TOPIC = "gh/v1/+/+/up/telemetry"
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
        self._pause = FIRST_PAUSE_S
        self._stopping = False

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the loop after the batch in hand; a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping:
            messages = self._session.take(FLUSH_MESSAGES, IDLE_S, linger=FLUSH_S)
            if messages:
                self._settle(messages)
        self._session.stop()
        connection.close()

    def _settle(self, messages: list[Message]) -> None:
        """Store the batch, however long the database is away, then acknowledge it.

        Where the connection to the broker is lost meanwhile, the broker sends the batch again.
        """
        batch = [Raw(message.topic, message.payload) for message in messages]
        received_at = clock.now()
        while not self._stopping:
            try:
                record(batch, received_at)
            except Error as error:
                self._wait(error)
            else:
                self._pause = FIRST_PAUSE_S
                self._session.ack(messages)
                return

    def _wait(self, error: Error) -> None:
        logger.warning(
            "the database cannot store telemetry: %s; next try in %.1f s", error, self._pause
        )
        connection.close()
        self._session.take(0, self._pause)  # the broker must not take us for dead meanwhile
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)


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
        logger.warning("no partitions could be made now: %s", error)
        connection.close()
