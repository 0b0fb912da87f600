"""The standby session: a broker's restart loses nothing while several processes share the stream.

mosquitto 2 persists sessions and plain subscriptions, but not shared ones: after a restart,
messages are delivered to no process until one has subscribed again. So the first slot keeps a plain
subscription to everything. While the stream is shared, it acknowledges its messages without storing
them, because another process receives them too. After each new connection it stores them until that
is certain, which is when it receives a sync marker that the shared session has published: a broker
delivers in order, so every message after the marker was shared.
"""

import logging
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db import Error, connection

from core import clock
from devices.link import Message, Session
from devices.telemetry.message import SYNC_TOPIC, TOPIC
from devices.telemetry.services import RawMessage, store_batch
from devices.telemetry.writer import first_line

logger = logging.getLogger(__name__)

FILTERS = (TOPIC, SYNC_TOPIC)
BATCH_SIZE = 4000
ROUND_S, LINGER_S = 0.5, 0.05
PAUSE_S = 1.0


class _SyncMarker(NamedTuple):
    """A published marker, and the connections of both sessions that it is valid for."""

    token: bytes
    standby: int
    shared: int


class StandbySession:
    """Runs in a thread of its own; no other thread may use the session meanwhile.

    Args:
        session: subscribed to `FILTERS`, not shared.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._marker = _SyncMarker(b"", -1, -1)
        # The connection on which every further message is shared.
        self._shared_connection = -1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="standby")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current messages."""
        self._stopping.set()
        self._thread.join()

    def publish_sync(self, shared: Session) -> None:
        """Publish a sync marker from the shared session, in that session's thread.

        It publishes one for each new connection of either session.
        """
        if not (shared.connected and shared.shared):
            return
        marker = _SyncMarker(secrets.token_bytes(16), self._session.generation, shared.generation)
        if marker[1:] != self._marker[1:]:
            before, self._marker = self._marker, marker  # it may come back before `publish` returns
            if not shared.publish(SYNC_TOPIC, marker.token):
                self._marker = before

    def _run(self) -> None:
        while not self._stopping.is_set():
            messages = self._session.receive(BATCH_SIZE, ROUND_S, linger=LINGER_S)
            if messages and self._store(list(self._unshared(messages))):
                self._session.ack(messages)
        connection.close()

    def _unshared(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Yield the messages that may not have been delivered to another process."""
        for message in messages:
            if message.topic == SYNC_TOPIC:
                marker = self._marker
                # A marker queued before the broker restarted is not valid for this connection.
                if message.payload == marker.token and message.generation == marker.standby:
                    self._shared_connection = message.generation
                    logger.info("telemetry is shared with other processes")
            elif message.generation != self._shared_connection:
                yield message

    def _store(self, messages: Sequence[Message]) -> bool:
        """Store the messages, retrying while the database is unavailable; False when stopped."""
        batch = [RawMessage(message.topic, message.payload) for message in messages]
        received_at = clock.now()
        while batch:
            try:
                store_batch(batch, received_at)
                break
            except Error as error:
                logger.warning("the standby session can't store: %s", first_line(error))
                connection.close()
                self._session.receive(0, PAUSE_S)
                if self._stopping.is_set():
                    return False
        return True
