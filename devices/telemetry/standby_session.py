"""The keeper: sees to it that a broker's restart loses nothing while the stream is shared.

mosquitto 2 writes sessions and their subscriptions to its disk, but no shared subscription: after
its restart, what devices say belongs to nobody until a process has subscribed again. So the first
slot stays subscribed to everything by itself. While the stream is shared the keeper does nothing
but acknowledge what its session is given, as whoever shares has it too. Until that is certain it
stores it: after each new connection, up to a mark that the sharing session publishes. The mark
comes by the broker that the sharing session is subscribed at, and a broker keeps the order, so all
that comes behind the mark was shared.
"""

import logging
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db import Error, connection

from core import clock
from devices.link import Message, Session
from devices.telemetry.message import MARKS, TOPIC
from devices.telemetry.services import Raw, record
from devices.telemetry.writer import first_line

logger = logging.getLogger(__name__)

FILTERS = (TOPIC, MARKS)
MOST_AT_ONCE = 4000
TURN_S, LINGER_S = 0.5, 0.05
PAUSE_S = 1.0


class _Mark(NamedTuple):
    """A mark on its way, and the two connections (ours, the sharing session's) it is for."""

    text: bytes
    ours: int
    theirs: int


class StandbySession:
    """Works in a thread of its own, beside which nobody else may use the session.

    Args:
        session: listens to `FILTERS`, shared with nobody.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mark = _Mark(b"", -1, -1)
        # The connection of which everything that comes is shared.
        self._certain = -1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper")

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End after the messages in hand."""
        self._stopping.set()
        self._thread.join()

    def leave_mark(self, sharing: Session) -> None:
        """Have the sharing session, in its own thread, tell by a mark that it shares.

        It publishes a mark for each new connection of either session.
        """
        if not (sharing.connected and sharing.shared):
            return
        mark = _Mark(secrets.token_bytes(16), self._session.generation, sharing.generation)
        if mark[1:] != self._mark[1:]:
            before, self._mark = self._mark, mark  # it may come back before `publish` returns
            if not sharing.publish(MARKS, mark.text):
                self._mark = before

    def _run(self) -> None:
        while not self._stopping.is_set():
            messages = self._session.take(MOST_AT_ONCE, TURN_S, linger=LINGER_S)
            if messages and self._store(list(self._uncertain(messages))):
                self._session.ack(messages)
        connection.close()

    def _uncertain(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Yield those which it is not certain that anybody shares."""
        for message in messages:
            if message.topic == MARKS:
                mark = self._mark
                # One that waited in a broker that was restarted says nothing of the new one.
                if message.payload == mark.text and message.generation == mark.ours:
                    self._certain = message.generation
                    logger.info("telemetry is shared with other processes")
            elif message.generation != self._certain:
                yield message

    def _store(self, messages: Sequence[Message]) -> bool:
        """Store them, however long the database is away; False when we are to stop before."""
        batch = [Raw(message.topic, message.payload) for message in messages]
        received_at = clock.now()
        while batch:
            try:
                record(batch, received_at)
                break
            except Error as error:
                logger.warning("the keeper can't store: %s", first_line(error))
                connection.close()
                self._session.take(0, PAUSE_S)
                if self._stopping.is_set():
                    return False
        return True
