"""The writer thread: stores one batch after the other while the next messages are read.

The thread that reads from the broker stays responsive while the database is slow or unavailable.
"""

import logging
import os
import queue
import threading
import time
from dataclasses import dataclass

from django.db import Error, connection

from core import clock
from devices import floods, presence
from devices.dispatch import publish_isolated
from devices.events import TelemetryIdle
from devices.link import Message, Session
from devices.presence import Presence
from devices.telemetry.budgets import TelemetryBudgets
from devices.telemetry.message import SYNC_TOPIC
from devices.telemetry.services import RawMessage, store_batch

logger = logging.getLogger(__name__)

MIN_PAUSE_S, MAX_PAUSE_S = 0.2, 5.0
PRESENCE_S = presence.WRITE_INTERVAL.total_seconds() / 2


@dataclass(frozen=True)
class Task:
    """A batch to store, and the session that acknowledges it once it is committed."""

    session: Session
    messages: list[Message]


class Writer:
    """Stores one batch at a time in its own thread; call every method from the caller's thread."""

    def __init__(self) -> None:
        self._submitted: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._committed: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        self._stopping = threading.Event()
        self._presence = Presence()
        self._budgets = TelemetryBudgets()
        self._next_presence = 0.0
        self._listening_since = clock.now()
        self._pause = MIN_PAUSE_S
        self._thread = threading.Thread(target=self._run, name="writer")
        self.busy = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, task: Task) -> None:
        """Submit a batch; only while none is being stored (`busy`)."""
        self.busy = True
        self._submitted.put(task)

    def acknowledge(self) -> None:
        """Acknowledge the committed batch to the broker, if there is one."""
        try:
            task = self._committed.get_nowait()
        except queue.Empty:
            return
        os.read(self._wake_read, 1)
        self.busy = False
        task.session.ack(task.messages)

    def fileno(self) -> int:
        """Return a file descriptor for ``poll``; it is readable when a batch is committed."""
        return self._wake_read

    @property
    def is_retrying(self) -> bool:
        """Whether the current batch is being retried."""
        return self._pause > MIN_PAUSE_S

    def stop(self) -> None:
        """Stop after the current batch, or at once while the database is unavailable."""
        self._stopping.set()
        self._submitted.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """Close the file descriptors."""
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        while True:
            try:
                task = self._submitted.get(timeout=PRESENCE_S)
                if task is None:
                    break
                self._store(task)
            except queue.Empty:
                pass
            if time.monotonic() >= self._next_presence:
                self._write_presence()
        self._write_presence()
        connection.close()

    def _store(self, task: Task) -> None:
        """Store the batch, retrying while the database is unavailable.

        It is stored even where the connection to the broker is lost meanwhile: the broker sends the
        batch again, unless it was killed.
        """
        batch = [RawMessage(m.topic, m.payload) for m in task.messages if m.topic != SYNC_TOPIC]
        batch = self._budgets.admitted(batch, time.monotonic())
        received_at = clock.now()
        while True:
            try:
                result = store_batch(batch, received_at)
            except Error as error:
                self._back_off(error)
                if self._stopping.is_set():
                    return
            else:
                break
        self._pause = MIN_PAUSE_S
        self._budgets.charge_rejections(result.rejected)
        for event in result.events:
            self._presence.record(event)
        self._committed.put(task)
        os.write(self._wake_write, b"!")

    def _back_off(self, error: Error) -> None:
        self._listening_since = clock.now()  # devices may seem silent while none is stored
        pause, self._pause = self._pause, min(self._pause * 2, MAX_PAUSE_S)
        logger.warning(
            "telemetry cannot be stored: %s; next try in %.1f s", first_line(error), pause
        )
        connection.close()
        self._stopping.wait(pause)

    def _write_presence(self) -> None:
        """Write the devices' last contact, report floods, publish that time has passed.

        What fails is repeated next time.
        """
        self._next_presence = time.monotonic() + PRESENCE_S
        try:
            self._presence.write()
            floods.report(self._budgets.admission)
            publish_isolated(TelemetryIdle(clock.now(), self._listening_since))
        except Error as error:
            logger.warning("the devices' last contact cannot be written: %s", first_line(error))
            connection.close()


def first_line(error: Exception) -> str:
    """Return the first line of the error's text, for the log."""
    return str(error).partition("\n")[0]
