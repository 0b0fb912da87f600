"""SlotRecovery: slots whose process does not come back, with messages that nobody would ever read.

A living process empties them. It connects under the orphan's client id, has the broker send it
nothing new, stores and acknowledges all that waits, and ends the session. It looks a second time
later: a broker that was killed in between may have forgotten that the session was ended. Only when
the broker knows no such session is the slot forgotten.

The first slot is never emptied: a living process moves there (`devices.telemetry.ingest`).
"""

import logging
import threading
import time

from django.conf import settings
from django.db import Error, connection

from core import clock
from devices.link import Session
from devices.link.subscriptions import in_group
from devices.telemetry import slots
from devices.telemetry.message import TOPIC
from devices.telemetry.services import Raw, record
from devices.telemetry.slots import HeldSlot
from devices.telemetry.writer import first_line

logger = logging.getLogger(__name__)

GROUP = "gatehouse"
MOST_AT_ONCE = 2000
ANSWER_S = 15.0
TURN_S = 0.5


class SlotRecovery:
    """Looks after them in a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.emptying = ""  # the client id that this process empties, or emptied last
        self.first_is_vacant = threading.Event()
        self._alone_since: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orphans")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        grace = settings.TELEMETRY_GRACE_S
        while not self._stopping.wait(grace / 4):
            try:
                self._look(grace)
            except Error as error:
                logger.warning("no abandoned slots are looked for: %s", first_line(error))
                connection.close()
        connection.close()

    def _look(self, grace: float) -> None:
        """Empty the slots that nobody has held for the grace in which a process comes back."""
        now = time.monotonic()
        alone = slots.abandoned()
        self._alone_since = {name: self._alone_since.get(name, now) for name in alone}
        for name, since in list(self._alone_since.items()):
            if now - since < grace or self._stopping.is_set():
                continue
            del self._alone_since[name]
            if name == slots.FIRST:
                self.first_is_vacant.set()
            else:
                self._take_over(name)

    def _take_over(self, client_id: str) -> None:
        self.emptying = client_id
        slot = slots.take_over(client_id)
        if slot is None:
            return
        try:
            drain = Drain(self._url, slot, self._stopping)
            if drain.run() and not drain.known:
                slots.forget(client_id)
        finally:
            slot.release()


class Drain:
    """Empties one orphan's session and ends it.

    Attributes:
        known: whether the broker had kept the session.
        messages: how many waited in it.
    """

    def __init__(self, url: str, slot: HeldSlot, stopping: threading.Event) -> None:
        # The name that was before there were slots was no secret.
        plainly = slot.client_id == slots.CLIENT_ID
        self._session = Session(url, slot.client_id, [], named_plainly=plainly)
        self._slot = slot
        self._stopping = stopping
        self.known = False
        self.messages = 0

    def run(self) -> bool:
        """Do it, and return whether it was done to the end; else it is begun anew later.

        Raises:
            django.db.Error: the database is away; what was not stored stays in the broker.
        """
        done = False
        try:
            if self._connect():
                # MQTT 3.1.1 can't end a session by itself, so that it would be known for ever.
                self.known = self._session.resumed and self._session.speaks_5
                done = self._empty()
        finally:
            self._session.stop(for_good=done)
        if self.messages:
            logger.info("%s messages of %s are stored", self.messages, self._slot.client_id)
        return done

    def _connect(self) -> bool:
        deadline = time.monotonic() + ANSWER_S
        while not self._session.connected:
            if self._stopping.is_set() or time.monotonic() > deadline:
                return False
            self._session.take(0, TURN_S / 10)
        return True

    def _empty(self) -> bool:
        """Take turns until one brings nothing.

        In each turn the broker confirms that it sends nothing new. It answers in order, so when
        nothing came before its answer, nothing waits.
        """
        connection_of = self._session.generation
        while True:
            before = self.messages
            self._session.forget([in_group(GROUP, TOPIC), TOPIC])
            while not self._session.forgotten:
                if self._stopping.is_set() or not self._slot.held:
                    return False
                self._store(TURN_S)
                if self._session.generation != connection_of:
                    return False
            self._store(0.0)
            if self.messages == before:
                return True

    def _store(self, timeout: float) -> None:
        """Store what has come, then acknowledge it."""
        messages = self._session.take(MOST_AT_ONCE, timeout)
        if not messages:
            return
        record([Raw(message.topic, message.payload) for message in messages], clock.now())
        self._session.ack(messages)
        self.messages += len(messages)
