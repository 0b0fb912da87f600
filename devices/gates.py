"""``manage.py ingest gates``: everything but telemetry.

One thread with one database connection reads a message, handles it, commits, publishes its commands
and acknowledges it, without waiting for another thread. Commands that other processes queue arrive
as NOTIFY on the same connection, which is polled together with the broker's socket.

When many messages are pending, for example after a power failure of all sensors of a car park,
several share one commit; a message that may open a barrier ends the batch and is committed at once.
Cars that wait at several lanes are decided about together, with one commit, and so are the records
of a camera that was offline, after the cars at other lanes. When a batch fails, its messages are
handled one by one.
"""

import gc
import logging
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from types import FrameType

import psycopg2.extensions
from django.conf import settings
from django.db import connection, transaction

from core import clock, pg_notify
from core.jobs import enqueue
from devices import commands, drivers, floods, inbound, jobs, registry
from devices.admission import Admission
from devices.dispatch import UNAVAILABLE
from devices.events import CarMoved, CredentialAsked, Event, PlateSeen, StateReported
from devices.fair_queue import FairQueue
from devices.inbound import CarRead
from devices.link import Message, Session
from devices.presence import WRITE_INTERVAL, Presence
from devices.record_batches import RecordBatches
from devices.senders import SenderKey, classify

logger = logging.getLogger(__name__)

# The broker queues our messages under this client id, so it must never change.
CLIENT_ID = "gatehouse-gates"
MAX_BATCH = 200
# Unacknowledged messages that the broker may send: a car's message must not wait at the broker
# behind the burst of another device.
WINDOW = 10_000
# Longest delay of the first message of a batch by the others, in seconds.
BATCH_S = 0.02
# So many cars share one commit: the first one waits for the decisions about the others.
MAX_CARS = 32
# Events that may open a barrier or a door.
URGENT = (PlateSeen, CarMoved, CredentialAsked)
TICK_S = 0.5
# So many overdue commands are closed at a time, one while messages wait, and so many devices marked
# as silent; then cars get their turn.
MAX_CHORES, CHORES_PAUSE_S = 5, 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
# A deadlock or a full lock table is temporary; a message that fails this often is itself at fault.
MAX_ATTEMPTS = 5


@dataclass(slots=True)
class Pending:
    """A received message that is not handled yet.

    Attributes:
        urgent: it may open a barrier.
        alone: it is handled alone: it is about no car, or a batch with it has failed.
    """

    message: Message
    received_at: datetime
    sender: SenderKey
    urgent: bool = False
    alone: bool = False

    @property
    def may_be_car(self) -> bool:
        """Whether it may be handled together with others that open barriers."""
        return self.urgent and not self.alone


class Gates:
    """The loop of the gates process."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._presence = Presence()
        self._admission = Admission()
        self._queue: FairQueue[Pending] = FairQueue()
        self._batch: deque[Pending] = deque()  # taken from the queue, not committed yet
        self._stopping = False
        self._listening: psycopg2.extensions.connection | None = None
        self._listening_since: datetime | None = None
        self._compared: int | None = None  # the link generation of the last comparison of accounts
        self._pause = FIRST_PAUSE_S
        self._next_housekeeping = 0.0
        self._next_presence = 0.0
        self._next_chores = 0.0
        self._tick = TICK_S  # the longest wait for a message
        self._record_batches = RecordBatches()

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the loop after the current message; a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Handle messages until `stop`."""
        commands.use_publisher(self._publish)
        try:
            while not self._stopping:
                self._round()
            self._presence.write()
        except UNAVAILABLE as error:
            logger.warning("stopped without the database: %s", error)
        finally:
            commands.use_publisher(None)
            self._session.stop()
            connection.close()

    def _publish(self, topic: str, payload: bytes, seconds: int) -> bool:
        return self._session.publish(topic, payload, expiry=seconds)

    def _round(self) -> None:
        try:
            self._handle_notifications()
            self._take_in(self._tick)
            while (self._batch or self._queue) and not self._stopping:
                self._handle_next()
                self._handle_notifications()
                self._take_in(0.0)
                self._housekeeping()
            self._housekeeping()
        except UNAVAILABLE as error:
            self._wait_for_database(error)
        else:
            self._pause = FIRST_PAUSE_S

    # -- messages --------------------------------------------------------------------------------

    def _take_in(self, timeout: float) -> None:
        """Queue what the broker has sent; acknowledge and drop what exceeds its sender's budget."""
        received = self._session.receive(MAX_BATCH, timeout, wake_on=[self._listen()])
        now, monotonic, excess = clock.now(), time.monotonic(), []
        for message in received:
            of, size = classify(message.topic, message.payload), len(message.payload)
            if not self._admission.admit(of.sender, of.driver, size, monotonic):
                excess.append(message)
            elif self._queue.is_crowded_by(of.sender):
                self._admission.count_excess(of.sender, monotonic)
                excess.append(message)
            else:
                pending = Pending(message, now, of.sender, of.urgent)
                self._queue.push(of.sender, pending, urgent=of.urgent, size=size)
        self._session.ack(excess)

    def _handle_next(self) -> None:
        """Handle the next message, with others that wait where that is faster."""
        if not self._batch and (cars := self._take_cars()):
            self._handle_cars(cars)
            return
        first = self._next_of_batch(0)
        if first is not None and (first.urgent or not self._queue or not self._handle_together()):
            self._handle_first()

    def _take_cars(self) -> list[CarRead]:
        """Take the next cars that wait at different lanes into the batch, or the next records.

        Returns:
            What the cameras have seen; nothing where the next message is handled alone.
        """
        heads = self._queue.heads(MAX_CARS)
        if len(self._queue) < 2 or not heads[0].may_be_car:
            return []
        waiting = [pending for pending in heads if pending.may_be_car]
        cars: list[CarRead] = []
        for pending, car in zip(waiting, _read_cars(waiting), strict=True):
            if car is None:
                pending.alone = True
            elif car.is_late:
                self._queue.postpone(pending.sender)
            elif not heads[0].alone:
                self._batch.append(self._queue.pop_of(pending.sender))
                cars.append(car)
        if cars or heads[0].alone:
            return cars
        return self._take_records(heads[0].sender)

    def _take_records(self, sender: SenderKey) -> list[CarRead]:
        """Take the next late records of a camera into the batch."""
        waiting = takewhile(
            lambda pending: pending.may_be_car,
            self._queue.next_of(sender, self._record_batches.size),
        )
        records: list[CarRead] = []
        for car in _read_cars(list(waiting)):
            if car is None or not car.is_late:
                break
            self._batch.append(self._queue.pop_of(sender))
            records.append(car)
        return records

    def _handle_cars(self, cars: Sequence[CarRead]) -> None:
        """Handle the cars of the batch in one commit; if that fails, return them to the queue."""
        began = time.monotonic()
        try:
            events = inbound.accept_cars(cars)
        except Exception as error:  # whatever it is, one car must not stop the others
            logger.warning(
                "%d cars are handled one by one: %s", len(self._batch), str(error).strip()
            )
            while self._batch:
                self._put_back(self._batch.pop())
        else:
            self._acknowledge(events)
            if cars[0].is_late:
                self._record_batches.note_batch(len(cars), time.monotonic() - began)
            else:
                self._record_batches.note_car()

    def _put_back(self, pending: Pending) -> None:
        """Return a message of a batch that failed to the queue, to be handled alone."""
        pending.alone = True
        size = len(pending.message.payload)
        self._queue.put_back(pending.sender, pending, urgent=pending.urgent, size=size)

    def _next_of_batch(self, nth: int) -> Pending | None:
        """Return the nth message of the batch, which is taken from the queue if necessary."""
        if nth == len(self._batch):
            if not self._queue:
                return None
            self._batch.append(self._queue.pop())
        return self._batch[nth]

    def _handle_together(self) -> bool:
        """Handle the first few messages in one commit; return False if the database failed."""
        began = time.monotonic()
        events: list[Event | None] = []
        try:
            with transaction.atomic():
                while pending := self._next_of_batch(len(events)):
                    message = pending.message
                    received = inbound.receive(message.topic, message.payload, pending.received_at)
                    events.append(received)
                    if isinstance(events[-1], URGENT) or time.monotonic() > began + BATCH_S:
                        break
        except UNAVAILABLE as error:
            logger.warning(
                "the batch failed, so its messages are handled one by one: %s", str(error).strip()
            )
            return False
        self._acknowledge(events)
        return True

    def _handle_first(self) -> None:
        """Handle the first message, however long the database is unavailable."""
        pending, attempts = self._next_of_batch(0), 0
        if pending is None:
            return
        while not self._stopping:
            try:
                event = self._receive(pending, last_attempt=attempts >= MAX_ATTEMPTS)
            except UNAVAILABLE as error:
                attempts += connection.connection is not None and connection.is_usable()
                self._wait_for_database(error)
            else:
                self._acknowledge([event])
                return

    def _receive(self, pending: Pending, *, last_attempt: bool) -> Event | None:
        message, received_at = pending.message, pending.received_at
        try:
            return inbound.receive(message.topic, message.payload, received_at)
        except UNAVAILABLE as error:
            if not last_attempt:
                raise
            connection.close()
            inbound.refuse(message.topic, message.payload, error, received_at)
            return None

    def _acknowledge(self, events: Sequence[Event | None]) -> None:
        """Acknowledge the first messages, whose transaction has committed."""
        handled = [self._batch.popleft() for _ in events]
        self._session.ack([each.message for each in handled])
        for pending, event in zip(handled, events, strict=True):
            if event is None:
                self._admission.charge_rejection(pending.sender)
            if isinstance(event, StateReported) and not event.online:
                self._presence.discard(event.device_id)
            elif event is not None and event.from_device and not pending.message.retained:
                self._presence.record(event)

    def _wait_for_database(self, error: Exception) -> None:
        """Wait for the database, longer after each failure."""
        logger.warning("the database is not available: %s", str(error).strip())
        connection.close()
        until = time.monotonic() + self._pause
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._session.receive(0, min(left, TICK_S))  # keeps the connection to the broker alive
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    # -- beside the messages ---------------------------------------------------------------------

    def _listen(self) -> psycopg2.extensions.connection:
        """Return the connection that receives NOTIFY; a new one subscribes first."""
        connection.ensure_connection()
        raw: psycopg2.extensions.connection = connection.connection
        if raw is not self._listening:
            pg_notify.listen(commands.CHANNEL)
            pg_notify.listen(registry.CHANNEL)
            self._listening = raw
            commands.publish_queued()  # those queued while this process did not listen
            self._session.subscribe_only(_topics())
        return raw

    def _handle_notifications(self) -> None:
        """Publish commands and change subscriptions as other processes have notified."""
        raw = self._listen()
        with connection.wrap_database_errors:
            raw.poll()
        channels = {notify.channel for notify in raw.notifies}
        raw.notifies.clear()
        if commands.CHANNEL in channels:
            commands.publish_queued()
        if registry.CHANNEL in channels:
            self._session.subscribe_only(_topics())

    def _housekeeping(self) -> None:
        now = time.monotonic()
        if now >= self._next_housekeeping:
            self._next_housekeeping = now + 1.0
            self._check_link()
            floods.report(self._admission, now)
        if now >= self._next_presence:
            self._next_presence = now + WRITE_INTERVAL.total_seconds() / 2
            self._presence.write()
        if now >= self._next_chores:
            chores = self._do_chores(1 if self._queue else MAX_CHORES)
            ended = time.monotonic()
            # While messages wait, chores take a tenth of the time.
            pause = max(CHORES_PAUSE_S, 9 * (ended - now)) if self._queue else CHORES_PAUSE_S
            self._next_chores = ended + pause if chores else now + 1.0
            self._tick = CHORES_PAUSE_S if chores else TICK_S

    def _do_chores(self, most: int) -> int:
        """Close overdue commands and mark silent devices, a few of each; return how many.

        After a power failure there are hundreds of both, and cars must not wait for all of them.
        """
        done = commands.expire_overdue(most)
        if self._listening_since is not None:  # presence has just been written after any delay
            done += jobs.mark_silent_devices(self._listening_since, most)
        return done

    def _check_link(self) -> None:
        if not self._session.connected:
            self._listening_since = None
            return
        self._listening_since = self._listening_since or clock.now()
        if self._compared != self._session.generation:
            # The broker may have lost accounts, or be another one, so they are compared.
            enqueue(jobs.sync_accounts, key="broker accounts")
            self._compared = self._session.generation
        commands.publish_queued()


def _read_cars(several: Sequence[Pending]) -> list[CarRead | None]:
    return inbound.read_cars(
        [(each.message.topic, each.message.payload, each.received_at) for each in several]
    )


def _topics() -> list[str]:
    return [*drivers.topics(), *registry.own_topics()]


def run() -> None:
    """Handle the gates' messages until SIGTERM or SIGINT.

    Raises:
        devices.link.AddressError: MQTT_URL is not a broker URL.
    """
    gates = Gates(Session(settings.MQTT_URL, CLIENT_ID, drivers.topics(), window=WINDOW))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, gates.stop)
    gc.freeze()  # later garbage collections do not scan the loaded modules
    gates.run()
