"""Recover slots whose process does not come back, with the messages queued for it in the broker.

A running process connects under the slot's client id, unsubscribes it, stores and acknowledges what
is queued, and ends the session. It checks again later, because a broker that was killed in between
may have lost the end of the session. The client id is unregistered only when the broker has no such
session.

The first slot is not drained: a running process moves to it (`devices.telemetry.ingest`).
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
from devices.telemetry.services import RawMessage, store_batch
from devices.telemetry.slots import HeldSlot
from devices.telemetry.writer import first_line

logger = logging.getLogger(__name__)

GROUP = "gatehouse"
BATCH_SIZE = 2000
CONNECT_TIMEOUT_S = 15.0
ROUND_S = 0.5


class SlotRecovery:
    """Watches for unheld slots in a thread of its own, and drains them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.draining = ""  # the client id that this process drains, or drained last
        self.first_is_vacant = threading.Event()
        self._unheld_since: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slot-recovery")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current batch."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        grace = settings.TELEMETRY_GRACE_S
        while not self._stopping.wait(grace / 4):
            try:
                self._check(grace)
            except Error as error:
                logger.warning("slots cannot be recovered: %s", first_line(error))
                connection.close()
        connection.close()

    def _check(self, grace: float) -> None:
        """Drain the slots that no process has held for the grace period."""
        now = time.monotonic()
        unheld = slots.unheld()
        self._unheld_since = {name: self._unheld_since.get(name, now) for name in unheld}
        for name, since in list(self._unheld_since.items()):
            if now - since < grace or self._stopping.is_set():
                continue
            del self._unheld_since[name]
            if name == slots.FIRST:
                self.first_is_vacant.set()
            else:
                self._recover(name)

    def _recover(self, client_id: str) -> None:
        self.draining = client_id
        slot = slots.acquire_named(client_id)
        if slot is None:
            return
        try:
            drain = Drain(self._url, slot, self._stopping)
            if drain.run() and not drain.session_existed:
                slots.unregister(client_id)
        finally:
            slot.release()


class Drain:
    """Drains the session of one slot and ends it.

    Attributes:
        session_existed: whether the broker had the session.
        messages: number of messages that were queued in it.
    """

    def __init__(self, url: str, slot: HeldSlot, stopping: threading.Event) -> None:
        # The legacy client id is used as it is; slots get a secret appended.
        plainly = slot.client_id == slots.LEGACY_CLIENT_ID
        self._session = Session(url, slot.client_id, [], plain_client_id=plainly)
        self._slot = slot
        self._stopping = stopping
        self.session_existed = False
        self.messages = 0

    def run(self) -> bool:
        """Drain the session; return whether that was completed. Otherwise call it again later.

        Raises:
            django.db.Error: the database is unavailable; the broker keeps what is not stored.
        """
        completed = False
        try:
            if self._connect():
                # An MQTT 3.1.1 session can't be ended, so it would exist again at the next check.
                self.session_existed = self._session.resumed and self._session.uses_mqtt5
                completed = self._drain()
        finally:
            self._session.stop(delete_session=completed)
        if self.messages:
            logger.info("%s messages of %s are stored", self.messages, self._slot.client_id)
        return completed

    def _connect(self) -> bool:
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        while not self._session.connected:
            if self._stopping.is_set() or time.monotonic() > deadline:
                return False
            self._session.receive(0, ROUND_S / 10)
        return True

    def _drain(self) -> bool:
        """Unsubscribe and store, until a round brings no message.

        In each round the broker confirms the unsubscription. It answers in order, so if no message
        came before its answer, none is queued.
        """
        generation = self._session.generation
        while True:
            before = self.messages
            self._session.unsubscribe([in_group(GROUP, TOPIC), TOPIC])
            while not self._session.unsubscribed:
                if self._stopping.is_set() or not self._slot.held:
                    return False
                self._store(ROUND_S)
                if self._session.generation != generation:
                    return False
            self._store(0.0)
            if self.messages == before:
                return True

    def _store(self, timeout: float) -> None:
        """Store the messages received, then acknowledge them."""
        messages = self._session.receive(BATCH_SIZE, timeout)
        if not messages:
            return
        store_batch(
            [RawMessage(message.topic, message.payload) for message in messages], clock.now()
        )
        self._session.ack(messages)
        self.messages += len(messages)
