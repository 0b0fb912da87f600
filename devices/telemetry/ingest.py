"""``manage.py ingest telemetry``: store telemetry from the broker in batches.

The order matters: store, commit, and only then acknowledge. If the process is killed before that,
the broker sends the batch again, and rows that are stored already have no effect.

One thread reads from the broker, a second one writes (`devices.telemetry.writer`), a third one
recovers slots whose process is gone (`devices.telemetry.slot_recovery`). A single process holds
slot 0 and receives everything. Several processes share the stream, and a fourth thread of slot 0
covers restarts of the broker (`devices.telemetry.standby_session`).
"""

import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from django.conf import settings
from django.db import Error, connection

from core import clock
from devices.link import Address, Session
from devices.telemetry import partitions, slots
from devices.telemetry.message import TOPIC
from devices.telemetry.slot_recovery import GROUP, SlotRecovery
from devices.telemetry.slots import HeldSlot
from devices.telemetry.standby_session import FILTERS, StandbySession
from devices.telemetry.writer import MAX_PAUSE_S, MIN_PAUSE_S, Task, Writer, first_line

logger = logging.getLogger(__name__)

# A batch is complete at this size or age, whichever comes first.
FLUSH_MESSAGES = 4000
FLUSH_S = 0.15
# While one batch is stored the next one is read, so more than two batches are unacknowledged.
WINDOW = 10_000
IDLE_S = 1.0
CHECK_EVERY_S = 2.0
# A barrier that opens late is worse than a chart that is late.
NICENESS = 5


class Ingest:
    """The loop of one process: receive, store, acknowledge.

    Args:
        url: of the broker (see `Address.of`).

    Raises:
        devices.link.AddressError: the url is not a broker's address.
    """

    def __init__(self, url: str) -> None:
        Address.of(url)
        self._url = url
        self._session: Session | None = None
        self._writer = Writer()
        self._recovery = SlotRecovery(url)
        self._stopping = threading.Event()
        self._pause = MIN_PAUSE_S
        self._others, self._check_at = False, 0.0
        self._held: set[str] = set()  # the others' slots at the last check

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Stop after the current batch; a signal handler."""
        self._stopping.set()

    @property
    def is_subscribed(self) -> bool:
        """Whether the broker has confirmed the subscription."""
        session = self._session
        return session is not None and session.connected

    @property
    def is_retrying(self) -> bool:
        """Whether the current batch is being retried."""
        return self._writer.is_retrying

    def run(self) -> None:
        """Run until `stop`."""
        self._writer.start()
        self._recovery.start()
        while not self._stopping.is_set():
            slot = self._acquire_slot()
            if slot is not None:
                self._work(slot)
                slot.release()
        self._recovery.stop()
        self._writer.stop()
        self._writer.close()
        connection.close()

    def _acquire_slot(self) -> HeldSlot | None:
        try:
            slot = slots.acquire()
        except Error as error:
            logger.warning(
                "no slot can be acquired: %s; next try in %.1f s", first_line(error), self._pause
            )
            connection.close()
            self._stopping.wait(self._pause)
            self._pause = min(self._pause * 2, MAX_PAUSE_S)
            return None
        self._pause = MIN_PAUSE_S
        return slot

    def _work(self, slot: HeldSlot) -> None:
        """Receive until `stop`, until the slot is lost, or until the first slot is free."""
        if slot.client_id == slots.FIRST:
            self._recovery.first_is_vacant.clear()
            self._work_first(slot)
        else:
            self._share(slot, slot.client_id, lambda _session: self._first_slot_is_held)

    def _work_first(self, slot: HeldSlot) -> None:
        """Receive all telemetry, or a share of it while other processes run.

        The plain subscription stays, because a broker loses shared ones when it restarts.
        """
        session = self._connect(slots.FIRST, FILTERS, None)
        while self._is_running(slot):
            if (
                self._others_run()
                and self._wait_for_writer(session, slot)
                and self._may_share(slot)
            ):
                self._share_beside(session, slot)
                break  # reconnect: the broker sends again what the standby did not acknowledge
            self._step(session, slot)
        self._disconnect(session)

    def _may_share(self, slot: HeldSlot) -> bool:
        try:
            slots.register(slots.FIRST_SHARED)
            return slot.lock(slots.FIRST_SHARED)
        except Error:
            connection.close()
            return False

    def _share_beside(self, session: Session, slot: HeldSlot) -> None:
        """Share the stream until the other processes are gone; the standby uses our session."""
        standby = StandbySession(session)

        def others_run(shared: Session) -> bool:
            standby.publish_sync(shared)
            return self._others_run()

        standby.start()
        self._share(slot, slots.FIRST_SHARED, others_run)
        standby.stop()
        slot.unlock(slots.FIRST_SHARED)

    def _share(self, slot: HeldSlot, client_id: str, worthwhile: Callable[[Session], bool]) -> None:
        session = self._connect(client_id, [TOPIC], GROUP)
        while self._is_running(slot) and worthwhile(session):
            if session.connected and not session.shared:
                logger.error("%s has no shared subscriptions: run one process", session.address)
                self._stopping.wait(MAX_PAUSE_S)
                break
            self._step(session, slot)
        self._disconnect(session)

    def _connect(self, client_id: str, topics: Sequence[str], group: str | None) -> Session:
        session = Session(
            self._url, client_id, topics, group=group, window=WINDOW, keep_received=True
        )
        self._session = session
        return session

    def _disconnect(self, session: Session) -> None:
        """End the session's connection, after the current batch when stopping."""
        if self._stopping.is_set():
            self._writer.stop()
            self._writer.acknowledge()
        session.stop()
        self._session = None

    def _is_running(self, slot: HeldSlot) -> bool:
        return not self._stopping.is_set() and slot.held

    def _step(self, session: Session, slot: HeldSlot) -> None:
        if self._writer.busy:
            session.gather(IDLE_S, [self._writer, slot])
        else:
            messages = session.receive(FLUSH_MESSAGES, IDLE_S, linger=FLUSH_S, wake_on=[slot])
            if messages:
                self._writer.submit(Task(session, messages))
        self._writer.acknowledge()

    def _wait_for_writer(self, session: Session, slot: HeldSlot) -> bool:
        """Wait for the current batch; return False when the loop must end."""
        while self._is_running(slot) and self._writer.busy:
            session.gather(IDLE_S, [self._writer, slot])
            self._writer.acknowledge()
        return not self._writer.busy

    def _others_run(self) -> bool:
        """Return whether other processes receive telemetry; checked every few seconds."""
        if time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + CHECK_EVERY_S
            try:
                held = {client_id for client_id, held in slots.registered().items() if held}
            except Error:
                connection.close()  # the last answer holds until the database is back
            else:
                held -= {slots.FIRST, slots.FIRST_SHARED, self._recovery.draining}
                # Held at two checks in a row, because a slot being drained is held briefly.
                self._others, self._held = bool(held & self._held), held
        return self._others

    @property
    def _first_slot_is_held(self) -> bool:
        return not self._recovery.first_is_vacant.is_set()


def run() -> None:
    """Receive telemetry until SIGTERM or SIGINT.

    Raises:
        devices.link.AddressError: MQTT_URL is not a broker's address.
    """
    os.nice(NICENESS)
    # Modules loaded by now are never garbage; examining them in every collection would take a third
    # of the time of reading messages.
    gc.collect()
    gc.freeze()
    ingest = Ingest(settings.MQTT_URL)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ingest.stop)
    _create_partitions()
    threading.excepthook = _end_process
    try:
        ingest.run()
    except Exception as error:
        _end(error)


def _end_process(failed: threading.ExceptHookArgs) -> None:
    _end(failed.exc_value)


def _end(error: BaseException | None) -> None:
    """End the process: with a dead thread it would hold its slot without working.

    The supervisor restarts it, and no message is lost, as after a kill -9.
    """
    logger.critical("a thread failed, the process ends", exc_info=error)
    logging.shutdown()
    os._exit(1)


def _create_partitions() -> None:
    try:
        partitions.create_partitions(clock.now().date())
    except Error as error:  # the default partition takes the rows until the job succeeds
        logger.warning("partitions cannot be created now: %s", first_line(error))
        connection.close()
