"""``manage.py ingest telemetry``: from the broker into the tables, in batches.

Order is everything: store, commit, and only then acknowledge. Killed anywhere before, the broker
sends the batch again, and what was stored already changes nothing the second time.

One thread speaks with the broker, a second one stores (`devices.telemetry.storing`), a third one
looks after slots whose process is gone (`devices.telemetry.orphans`).
"""

import logging
import os
import signal
import threading
from types import FrameType

from django.conf import settings
from django.db import Error, connection

from core import clock
from devices.link import Address, Session
from devices.telemetry import partitions, slots
from devices.telemetry.message import TOPIC
from devices.telemetry.orphans import GROUP, Orphans
from devices.telemetry.slots import HeldSlot
from devices.telemetry.storing import FIRST_PAUSE_S, LONGEST_PAUSE_S, Storing, Task, first_line

logger = logging.getLogger(__name__)

# As many as fill a batch, or as come in a while that no chart shows.
FLUSH_MESSAGES = 4000
FLUSH_S = 0.15
# While one batch is stored the next one is read, so the broker may have sent two and a bit.
WINDOW = 10_000
IDLE_S = 1.0
# A barrier that opens late is worse than a curve that is drawn late.
NICENESS = 5


class Ingest:
    """The loop of one process: take, have stored, acknowledge.

    Args:
        url: the broker (see `Address.of`).

    Raises:
        devices.link.AddressError: the url is no broker's address.
    """

    def __init__(self, url: str) -> None:
        Address.of(url)
        self._url = url
        self._session: Session | None = None
        self._storing = Storing()
        self._orphans = Orphans(url)
        self._stopping = threading.Event()
        self._pause = FIRST_PAUSE_S

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the loop after the batch in hand; a signal handler."""
        self._stopping.set()

    @property
    def listens(self) -> bool:
        """Whether the broker has confirmed that it sends us telemetry."""
        session = self._session
        return session is not None and session.connected

    @property
    def waits(self) -> bool:
        """Whether the last batch could not be stored yet."""
        return self._storing.waits

    def run(self) -> None:
        """Work until `stop`."""
        self._storing.start()
        self._orphans.start()
        while not self._stopping.is_set():
            slot = self._take_slot()
            if slot is not None:
                self._work_at(slot)
                slot.release()
        self._orphans.stop()
        self._storing.stop()
        self._storing.close()
        connection.close()

    def _take_slot(self) -> HeldSlot | None:
        try:
            slot = slots.take()
        except Error as error:
            logger.warning(
                "no slot can be had: %s; next try in %.1f s", first_line(error), self._pause
            )
            connection.close()
            self._stopping.wait(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
            return None
        self._pause = FIRST_PAUSE_S
        return slot

    def _work_at(self, slot: HeldSlot) -> None:
        """Take telemetry until `stop` or until the slot is no longer ours."""
        session = Session(
            self._url, slot.client_id, [TOPIC], group=GROUP, window=WINDOW, keeps=True
        )
        self._session = session
        while not self._stopping.is_set() and slot.held and self._alone_or_shared(session, slot):
            self._turn(session, slot)
        if self._stopping.is_set():
            self._storing.stop()
            self._storing.acknowledge()
        session.stop()
        self._session = None

    def _turn(self, session: Session, slot: HeldSlot) -> None:
        if self._storing.busy:
            session.gather(IDLE_S, [self._storing, slot])
        else:
            messages = session.take(FLUSH_MESSAGES, IDLE_S, linger=FLUSH_S, wake_on=[slot])
            if messages:
                self._storing.give(Task(session, messages))
        self._storing.acknowledge()

    def _alone_or_shared(self, session: Session, slot: HeldSlot) -> bool:
        """Whether we may listen: where messages can't be shared, only one process may."""
        if session.shared or not session.connected or slot.client_id == slots.name_of(0):
            return True
        logger.error(
            "%s has no shared subscriptions: only one process can take telemetry there",
            session.address,
        )
        session.forget([TOPIC])
        self._stopping.wait(LONGEST_PAUSE_S)
        return False


def run() -> None:
    """Take telemetry until SIGTERM or SIGINT.

    Raises:
        devices.link.AddressError: MQTT_URL is no broker's address.
    """
    os.nice(NICENESS)
    ingest = Ingest(settings.MQTT_URL)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ingest.stop)
    _make_days()
    ingest.run()


def _make_days() -> None:
    try:
        partitions.make_days(clock.now().date())
    except Error as error:  # the default partition takes the rows until the job has made the day
        logger.warning("no partitions could be made now: %s", first_line(error))
        connection.close()
