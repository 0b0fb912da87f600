"""The thread that stores: batches in, one after the other, and back when they are committed.

The database works while the next messages are read, and a database that is away keeps nobody from
speaking with the broker.
"""

import logging
import os
import queue
import threading
import time
from dataclasses import dataclass

from django.db import Error, connection

from core import clock
from devices import presence
from devices.link import Message, Session
from devices.presence import Presence
from devices.telemetry.message import MARKS
from devices.telemetry.services import Raw, record

logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
PRESENCE_S = presence.EVERY.total_seconds() / 2


@dataclass(frozen=True)
class Task:
    """Messages to be stored, and the session that gave them and hears when they are."""

    session: Session
    messages: list[Message]


class Writer:
    """Stores one batch at a time in a thread of its own; everything else is the caller's thread."""

    def __init__(self) -> None:
        self._given: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._stored: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._bell, self._rope = os.pipe()
        self._stopping = threading.Event()
        self._presence = Presence()
        self._next_presence = 0.0
        self._pause = FIRST_PAUSE_S
        self._thread = threading.Thread(target=self._run, name="storing")
        self.busy = False

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def give(self, task: Task) -> None:
        """Have the batch stored; only when none is in hand (`busy`)."""
        self.busy = True
        self._given.put(task)

    def acknowledge(self) -> None:
        """Tell the broker of the batch that is committed, if there is one."""
        try:
            task = self._stored.get_nowait()
        except queue.Empty:
            return
        os.read(self._bell, 1)
        self.busy = False
        task.session.ack(task.messages)

    def fileno(self) -> int:
        """Return what ``poll`` can wait for: it can be read when a batch is committed."""
        return self._bell

    @property
    def waits(self) -> bool:
        """Whether the batch in hand could not be stored yet."""
        return self._pause > FIRST_PAUSE_S

    def stop(self) -> None:
        """End after the batch in hand, or at once when the database is away."""
        self._stopping.set()
        self._given.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """Give back what the operating system lent."""
        os.close(self._bell)
        os.close(self._rope)

    def _run(self) -> None:
        while True:
            try:
                task = self._given.get(timeout=PRESENCE_S)
                if task is None:
                    break
                self._settle(task)
            except queue.Empty:
                pass
            if time.monotonic() >= self._next_presence:
                self._write_presence()
        self._write_presence()
        connection.close()

    def _settle(self, task: Task) -> None:
        """Store the batch, however long the database is away.

        Where the connection to the broker is lost meanwhile, the broker sends the batch again,
        unless it was killed: so it is stored all the same.
        """
        batch = [Raw(m.topic, m.payload) for m in task.messages if m.topic != MARKS]
        received_at = clock.now()
        while True:
            try:
                recorded = record(batch, received_at)
            except Error as error:
                self._wait(error)
                if self._stopping.is_set():
                    return
            else:
                break
        self._pause = FIRST_PAUSE_S
        for event in recorded.heard:
            self._presence.note(event)
        self._stored.put(task)
        os.write(self._rope, b"!")

    def _wait(self, error: Error) -> None:
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_S)
        logger.warning("no telemetry is stored: %s; next try in %.1f s", first_line(error), pause)
        connection.close()
        self._stopping.wait(pause)

    def _write_presence(self) -> None:
        """Write who was heard of; what can't be written now is heard again with the next batch."""
        self._next_presence = time.monotonic() + PRESENCE_S
        try:
            self._presence.write()
        except Error as error:
            logger.warning("it is not written who was heard of: %s", first_line(error))
            connection.close()


def first_line(error: Exception) -> str:
    """Return what a line of the log can hold of it."""
    return str(error).partition("\n")[0]
