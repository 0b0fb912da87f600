"""``manage.py ingest gates``: everything but telemetry.

One thread and one database connection: a message is read from the network, decided, committed, its
commands published and the message acknowledged without waiting for another thread. Commands that
other processes queue arrive as NOTIFY on that connection, which is waited for beside the broker.

Where many messages wait, as when a car park's sensors all get their power back, several share one
commit; a message that may open a barrier ends the batch and is committed at once.
"""

import gc
import logging
import signal
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from types import FrameType

import psycopg2.extensions
from django.conf import settings
from django.db import connection, transaction

from core import clock, pg_notify
from core.jobs import enqueue
from devices import commands, drivers, inbound, jobs, registry
from devices.dispatch import UNAVAILABLE
from devices.events import CarMoved, Event, PlateSeen, StateReported
from devices.link import Message, Session
from devices.presence import EVERY, Presence

logger = logging.getLogger(__name__)

# The broker keeps our messages under this name, so it never changes.
CLIENT_ID = "gatehouse-gates"
MOST_AT_ONCE = 200
# So long may the first message of a batch wait for its commit because of the others.
BATCH_S = 0.02
# What may open a barrier.
URGENT = (PlateSeen, CarMoved)
TICK_S = 0.5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
# A deadlock or a full lock table passes; what fails so often with a sound database is the message.
MOST_TRIES = 5


class Gates:
    """The loop of the gates process."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._presence = Presence()
        self._waiting: deque[tuple[Message, datetime]] = deque()
        self._stopping = False
        self._listening: psycopg2.extensions.connection | None = None
        self._listening_since: datetime | None = None
        self._compared: int | None = None  # the connection at which accounts were last compared
        self._pause = FIRST_PAUSE_S
        self._next_chores = 0.0
        self._next_presence = 0.0

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the loop after the message in hand; a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Work until `stop`."""
        commands.publish_with(self._publish)
        try:
            while not self._stopping:
                self._round()
            self._presence.write()
        except UNAVAILABLE as error:
            logger.warning("stopped without the database: %s", error)
        finally:
            commands.publish_with(None)
            self._session.stop()
            connection.close()

    def _publish(self, topic: str, payload: bytes, seconds: int) -> bool:
        return self._session.publish(topic, payload, expiry=seconds)

    def _round(self) -> None:
        try:
            self._notified()
            if not self._waiting:
                taken = self._session.take(MOST_AT_ONCE, TICK_S, wake_on=[self._listen()])
                now = clock.now()
                self._waiting.extend((message, now) for message in taken)
            while self._waiting and not self._stopping:
                if len(self._waiting) == 1 or not self._handle_together():
                    self._handle_first()
                self._notified()
            self._chores()
        except UNAVAILABLE as error:
            self._wait(error)
        else:
            self._pause = FIRST_PAUSE_S

    # -- messages --------------------------------------------------------------------------------

    def _handle_together(self) -> bool:
        """Take the first few messages for good in one commit; False when the database would not."""
        began, done = time.monotonic(), []
        try:
            with transaction.atomic():
                for message, received_at in self._waiting:
                    done.append(inbound.receive(message.topic, message.payload, received_at))
                    if isinstance(done[-1], URGENT) or time.monotonic() > began + BATCH_S:
                        break
        except UNAVAILABLE as error:
            logger.warning("one by one: %s", str(error).strip())
            return False
        self._done(done)
        return True

    def _handle_first(self) -> None:
        """Take the first message for good, however long the database is away."""
        (message, received_at), tries = self._waiting[0], 0
        while not self._stopping:
            try:
                event = self._receive(message, received_at, last_try=tries >= MOST_TRIES)
            except UNAVAILABLE as error:
                tries += connection.connection is not None and connection.is_usable()
                self._wait(error)
            else:
                self._done([event])
                return

    def _receive(self, message: Message, received_at: datetime, *, last_try: bool) -> Event | None:
        try:
            return inbound.receive(message.topic, message.payload, received_at)
        except UNAVAILABLE as error:
            if not last_try:
                raise
            connection.close()
            inbound.refuse(message.topic, message.payload, error, received_at)
            return None

    def _done(self, events: Sequence[Event | None]) -> None:
        """Acknowledge the first messages, whose transaction has committed."""
        messages = [self._waiting.popleft()[0] for _ in events]
        self._session.ack(messages)
        for message, event in zip(messages, events, strict=True):
            if isinstance(event, StateReported) and not event.online:
                self._presence.forget(event.device_id)
            elif event is not None and event.heard and not message.retained:
                self._presence.note(event)

    def _wait(self, error: Exception) -> None:
        """Wait for the database, longer each time until it answers."""
        logger.warning("the database is away: %s", str(error).strip())
        connection.close()
        until = time.monotonic() + self._pause
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._session.take(0, min(left, TICK_S))  # the broker must not take us for dead
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    # -- beside the messages ---------------------------------------------------------------------

    def _listen(self) -> psycopg2.extensions.connection:
        """Return the connection that NOTIFY arrives on; a new one is told to listen first."""
        connection.ensure_connection()
        raw: psycopg2.extensions.connection = connection.connection
        if raw is not self._listening:
            pg_notify.listen(commands.CHANNEL)
            pg_notify.listen(registry.CHANNEL)
            self._listening = raw
            commands.publish_queued()  # what was queued while nobody listened
            self._session.listen_to(_topics())
        return raw

    def _notified(self) -> None:
        """Publish what other processes queued since the last look."""
        raw = self._listen()
        with connection.wrap_database_errors:
            raw.poll()
        channels = {notice.channel for notice in raw.notifies}
        raw.notifies.clear()
        if commands.CHANNEL in channels:
            commands.publish_queued()
        if registry.CHANNEL in channels:
            self._session.listen_to(_topics())

    def _chores(self) -> None:
        now = time.monotonic()
        if now >= self._next_chores:
            self._next_chores = now + 1.0
            self._mind_the_link()
            commands.sweep()
        if now >= self._next_presence:
            self._next_presence = now + EVERY.total_seconds() / 2
            self._presence.write()
            if self._listening_since is not None:
                jobs.mark_silent_devices(self._listening_since)

    def _mind_the_link(self) -> None:
        if not self._session.connected:
            self._listening_since = None
            return
        self._listening_since = self._listening_since or clock.now()
        if self._compared != self._session.generation:
            # The broker was away, or is another one: it has to know the registry's accounts.
            enqueue(jobs.sync_accounts, key="broker accounts")
            self._compared = self._session.generation
        commands.publish_queued()


def _topics() -> list[str]:
    return [*drivers.topics(), *registry.own_topics()]


def run() -> None:
    """Take the gates' messages until SIGTERM or SIGINT.

    Raises:
        devices.link.AddressError: MQTT_URL is no broker's address.
    """
    gates = Gates(Session(settings.MQTT_URL, CLIENT_ID, drivers.topics()))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, gates.stop)
    gc.freeze()  # what was loaded stays; later collections don't stop the gate to look at it
    gates.run()
