"""Lanes of the outbox: threads that send to many receivers at once.

A receiver has one message under way at most, so one that does not answer holds one thread and
delays nothing but its own queue. Any number of processes may run the same lane. What a killed one
had claimed is due again at the end of its lease, in the same order.

A process may run several lanes. They share its memory and nothing else: each has its own threads,
its own connection on which it is woken, and goes on whatever happens to another, so that a lane of
which all receivers hang delays no message of the others.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg2
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from core import clock, outbox, pg_notify
from core.models import OutboxMessage
from core.pooled_postgresql import keep_connections

logger = logging.getLogger(__name__)
# Longer than a request may take (core.guarded_http.Limits) with the resolving of its name.
LEASE = timedelta(seconds=60)
_POLL_S = 1.0
_PAUSE_S = 1.0
_IDLE_CONNECTIONS = 8
# How long a companion has to end, once the lane has sent its last message.
_COMPANION_S = 20.0
Companion = Callable[[threading.Event], None]
_companions: dict[str, list[Companion]] = {}

# The first message of each receiver, found by as many steps in the index as there are receivers:
# those behind them are not read, however many wait.
_CLAIM = """
WITH RECURSIVE heads AS (
    (SELECT id, receiver FROM core_outboxmessage
     WHERE sent_at IS NULL AND receiver <> '' ORDER BY receiver, id LIMIT 1)
    UNION ALL
    SELECT next.id, next.receiver FROM heads CROSS JOIN LATERAL (
        SELECT id, receiver FROM core_outboxmessage
        WHERE sent_at IS NULL AND receiver <> '' AND receiver > heads.receiver
        ORDER BY receiver, id LIMIT 1) next
), due AS (
    SELECT message.id FROM core_outboxmessage message
    WHERE message.id IN (SELECT id FROM heads)
        AND message.sent_at IS NULL
        AND message.topic = ANY(%(topics)s)
        AND message.next_attempt_at <= %(now)s
        AND (message.claimed_until IS NULL OR message.claimed_until < %(now)s)
        AND NOT EXISTS (SELECT FROM core_pausedreceiver paused
                        WHERE paused.receiver = message.receiver)
    ORDER BY message.next_attempt_at, message.id
    LIMIT %(most)s FOR UPDATE OF message SKIP LOCKED
)
UPDATE core_outboxmessage AS message
SET attempts = message.attempts + 1, claimed_until = %(until)s
FROM due WHERE message.id = due.id
RETURNING message.*
"""


def claim(lane: str) -> OutboxMessage | None:
    """Take a lease on the due message of the lane that waits longest, and count the attempt."""
    return next(iter(claim_several(lane, 1)), None)


def claim_several(lane: str, most: int) -> list[OutboxMessage]:
    """Take leases on due messages of so many receivers, those that wait longest, in one statement.

    What is sent to many endpoints is due at once; each claim reads the first message of all.
    """
    now = clock.now()
    values = {"topics": outbox.lane_topics(lane), "now": now, "until": now + LEASE, "most": most}
    found = OutboxMessage.objects.raw(_CLAIM, values)
    return sorted(found, key=lambda message: (message.next_attempt_at, message.pk))


def release_claims(lane: str) -> None:
    """End every lease of the lane: for the only process of a lane, when it starts."""
    claimed = OutboxMessage.objects.filter(topic__in=outbox.lane_topics(lane), sent_at=None)
    claimed.exclude(claimed_until=None).update(claimed_until=None)


def send_all_due(lane: str) -> int:
    """Send what is due in this thread, and return how many were tried; for tests."""
    tried = 0
    while (message := claim(lane)) is not None:
        outbox.send(message)
        tried += 1
    return tried


def release_connection() -> None:
    """Give the thread's database connection back while it waits for a receiver."""
    if not connection.in_atomic_block:
        connection.close()


def accompany(lane: str, companion: Companion) -> None:
    """Wire what runs in a thread beside a lane, such as registrations at its receivers.

    Args:
        companion: called with the event that tells it to end.
    """
    _companions.setdefault(lane, []).append(companion)


@contextmanager
def accompanied(lane: str) -> Iterator[None]:
    """Run the companions of a lane during the block, and wait until they have ended."""
    stopping = threading.Event()
    threads = [
        threading.Thread(target=companion, args=(stopping,), name=f"{lane}-beside", daemon=True)
        for companion in _companions.get(lane, ())
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(_COMPANION_S)


def run_lanes(lanes: Sequence["Lane"], go_on: Callable[[], bool], *, alone: bool = False) -> None:
    """Run several lanes side by side with their companions, each in a thread of its own."""
    with ThreadPoolExecutor(len(lanes), thread_name_prefix="lane") as pool:
        running = [pool.submit(_run_accompanied, lane, go_on, alone) for lane in lanes]
    for each in running:
        each.result()


def _run_accompanied(lane: "Lane", go_on: Callable[[], bool], alone: bool) -> None:
    try:
        with accompanied(lane.name):
            lane.run(go_on, alone=alone)
    finally:
        connection.close()


def _warn(lane: str, error: Exception) -> None:
    """Log why a lane pauses; an error that is not the database's with its trace."""
    if isinstance(error, DatabaseError | psycopg2.Error):
        logger.warning("%s: the database does not answer: %s", lane, str(error).strip()[:200])
    else:
        logger.error("The lane %s pauses", lane, exc_info=error)


class Lane:
    """The threads of one process that send a lane.

    Args:
        name: of a lane in which a topic was declared.
        threads: so many receivers are sent to at once.

    Raises:
        ValueError: no topic is sent by a lane of that name, or it has no thread.
    """

    def __init__(self, name: str, threads: int) -> None:
        if not outbox.lane_topics(name):
            raise ValueError(f"there is no lane {name}")
        if threads < 1:
            raise ValueError(f"the lane {name} needs a thread")
        self.name = name
        self._free = threading.Semaphore(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._go_on: Callable[[], bool] = lambda: True

    def run(self, go_on: Callable[[], bool], *, alone: bool = False) -> None:
        """Send while ``go_on()`` is true, across restarts of the database and any other error.

        Args:
            alone: no other process runs the lane, so what a killed one had claimed is due at once.
        """
        self._go_on = go_on
        keep_connections(_IDLE_CONNECTIONS)
        is_listening, release = False, alone
        while go_on():
            try:
                if not is_listening:
                    pg_notify.listen(outbox.lane_channel(self.name))
                    is_listening = True
                if release:
                    release_claims(self.name)
                    release = False
                self._start_due()
                pg_notify.wait(_POLL_S)
            except Exception as error:  # the other lanes of the process go on, and so does this one
                _warn(self.name, error)
                is_listening, release = False, alone
                with suppress(DatabaseError, psycopg2.Error):
                    connection.close()
                time.sleep(_PAUSE_S)
        self._pool.shutdown()

    def _start_due(self) -> None:
        """Give each due message to a free thread."""
        free, messages = self._take_free(), []
        try:
            messages = claim_several(self.name, free) if free and self._go_on() else []
        finally:
            if free > len(messages):
                self._free.release(free - len(messages))
        for message in messages:
            self._pool.submit(self._send, message).add_done_callback(self._ended)

    def _take_free(self) -> int:
        """Take all threads that are free, and return how many there are."""
        taken = 0
        while self._free.acquire(blocking=False):
            taken += 1
        return taken

    def _send(self, message: OutboxMessage | None) -> None:
        """Send a message, then what is due by then: often the next one of the same receiver."""
        try:
            while message is not None:
                outbox.send(message)
                close_old_connections()
                message = claim(self.name) if self._go_on() else None
        finally:
            connection.close()

    def _ended(self, done: "Future[None]") -> None:
        self._free.release()
        error = done.exception()
        if error is not None:
            # The lease ends, and the message is tried again.
            logger.warning("A thread of %s ended: %s", self.name, error)
