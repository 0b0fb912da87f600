"""``manage.py ingest telemetry``: from the broker into the tables, in batches.

Order is everything: store, commit, and only then acknowledge. Killed anywhere before, the broker
sends the batch again, and what was stored already changes nothing the second time.

One thread speaks with the broker, a second one stores (`devices.telemetry.writer`), a third one
looks after slots whose process is gone (`devices.telemetry.slot_recovery`). The process of slot 0
takes everything while it is alone. With others it takes its share, and a fourth thread makes sure
of what a broker that starts anew might give to nobody (`devices.telemetry.standby_session`).
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
from devices.telemetry.writer import FIRST_PAUSE_S, LONGEST_PAUSE_S, Task, Writer, first_line

logger = logging.getLogger(__name__)

# As many as fill a batch, or as come in a while that no chart shows.
FLUSH_MESSAGES = 4000
FLUSH_S = 0.15
# While one batch is stored the next one is read, so the broker may have sent two and a bit.
WINDOW = 10_000
IDLE_S = 1.0
LOOK_EVERY_S = 2.0
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
        self._storing = Writer()
        self._orphans = SlotRecovery(url)
        self._stopping = threading.Event()
        self._pause = FIRST_PAUSE_S
        self._others, self._look_at = False, 0.0
        self._held: set[str] = set()  # the others' slots at the last look

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
        """Take telemetry until `stop`, until the slot is no longer ours, or the first is free."""
        if slot.client_id == slots.FIRST:
            self._orphans.first_is_vacant.clear()
            self._work_first(slot)
        else:
            self._share(slot, slot.client_id, lambda _session: self._first_is_taken)

    def _work_first(self, slot: HeldSlot) -> None:
        """Take all telemetry, and only a share of it while there are other processes.

        The subscription for all of it stays as it is: a broker keeps no others over its restart.
        """
        session = self._listen(slots.FIRST, FILTERS, None)
        while self._may_go_on(slot):
            if self._others_work() and self._finish(session, slot) and self._may_share(slot):
                self._share_beside(session, slot)
                break  # begin anew: what the keeper had not settled comes again
            self._turn(session, slot)
        self._leave(session)

    def _may_share(self, slot: HeldSlot) -> bool:
        try:
            slots.remember(slots.FIRST_SHARED)
            return slot.hold(slots.FIRST_SHARED)
        except Error:
            connection.close()
            return False

    def _share_beside(self, session: Session, slot: HeldSlot) -> None:
        """Take our share until the other processes are gone; the keeper has our own session."""
        keeper = StandbySession(session)

        def others_work(sharing: Session) -> bool:
            keeper.leave_mark(sharing)
            return self._others_work()

        keeper.start()
        self._share(slot, slots.FIRST_SHARED, others_work)
        keeper.stop()
        slot.let_go(slots.FIRST_SHARED)

    def _share(self, slot: HeldSlot, client_id: str, worthwhile: Callable[[Session], bool]) -> None:
        session = self._listen(client_id, [TOPIC], GROUP)
        while self._may_go_on(slot) and worthwhile(session):
            if session.connected and not session.shared:
                logger.error("%s has no shared subscriptions: run one process", session.address)
                self._stopping.wait(LONGEST_PAUSE_S)
                break
            self._turn(session, slot)
        self._leave(session)

    def _listen(self, client_id: str, topics: Sequence[str], group: str | None) -> Session:
        made = Session(self._url, client_id, topics, group=group, window=WINDOW, keeps=True)
        self._session = made
        return made

    def _leave(self, session: Session) -> None:
        """End the session's connection, after the batch in hand where we stop."""
        if self._stopping.is_set():
            self._storing.stop()
            self._storing.acknowledge()
        session.stop()
        self._session = None

    def _may_go_on(self, slot: HeldSlot) -> bool:
        return not self._stopping.is_set() and slot.held

    def _turn(self, session: Session, slot: HeldSlot) -> None:
        if self._storing.busy:
            session.gather(IDLE_S, [self._storing, slot])
        else:
            messages = session.take(FLUSH_MESSAGES, IDLE_S, linger=FLUSH_S, wake_on=[slot])
            if messages:
                self._storing.give(Task(session, messages))
        self._storing.acknowledge()

    def _finish(self, session: Session, slot: HeldSlot) -> bool:
        """Wait for the batch in hand; False when we must not go on."""
        while self._may_go_on(slot) and self._storing.busy:
            session.gather(IDLE_S, [self._storing, slot])
            self._storing.acknowledge()
        return not self._storing.busy

    def _others_work(self) -> bool:
        """Whether other processes take telemetry; asked anew every few seconds."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_EVERY_S
            try:
                held = {client_id for client_id, held in slots.known().items() if held}
            except Error:
                connection.close()  # it stays as it was until the database is back
            else:
                held -= {slots.FIRST, slots.FIRST_SHARED, self._orphans.emptying}
                # Twice in a row: a slot that is just being emptied is held for a moment.
                self._others, self._held = bool(held & self._held), held
        return self._others

    @property
    def _first_is_taken(self) -> bool:
        return not self._orphans.first_is_vacant.is_set()


def run() -> None:
    """Take telemetry until SIGTERM or SIGINT.

    Raises:
        devices.link.AddressError: MQTT_URL is no broker's address.
    """
    os.nice(NICENESS)
    # What is loaded by now stays for ever: looking through it again and again for garbage would
    # take a third of the time of reading messages.
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
    """End the process: with a thread dead it would hold its slot and do nothing.

    It is started anew, and nothing is lost, as nothing is by a kill -9.
    """
    logger.critical("a thread failed, the process ends", exc_info=error)
    logging.shutdown()
    os._exit(1)


def _create_partitions() -> None:
    try:
        partitions.create_partitions(clock.now().date())
    except Error as error:  # the default partition takes the rows until the job has made the day
        logger.warning("no partitions could be made now: %s", first_line(error))
        connection.close()
