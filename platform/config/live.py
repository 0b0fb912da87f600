"""From PostgreSQL's NOTIFY to the open pages: one listening thread in each web process.

Each web process hears every announcement itself, so it hands them to its own pages only, through
an in-memory channel layer; no broker stands between the database and the browser.
"""

import asyncio
import json
import logging
import os
import select
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg2
from channels.layers import get_channel_layer
from django.db import connections

from core.live import CHANNEL
from core.live_consumer import EVERYONE, LAYER, site_group, stay_group

logger = logging.getLogger(__name__)
_WAITS = [0.2, 0.5, 1, 2, 5]  # seconds before each new try to reach the database; the last repeats
_PATIENCE = 30.0  # seconds between two looks at a quiet connection


def addressed(payload: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the groups an announcement goes to, each with what it may know.

    Staff hear everything but the names of the groups; the page of one stay hears only that it
    changed. Something that is no announcement goes to nobody.
    """
    try:
        facts = json.loads(payload)
        site_id, topic = facts.pop("site"), facts["topic"]
    except (ValueError, TypeError, KeyError, AttributeError):
        logger.warning("not an announcement: %.200s", payload)
        return []
    stay = facts.pop("stay_public", None)
    groups = [(site_group(site_id), facts)]
    if stay:
        groups.append((stay_group(stay), {"topic": topic}))
    return groups


class Listener:
    """A thread that listens to the database and hands what it hears to an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._woken, self._wake = os.pipe()
        self._stopping = threading.Event()
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live listener", daemon=True)

    def start(self) -> None:
        """Begin to listen, and keep on through every loss of the database."""
        self._thread.start()

    def stop(self) -> None:
        """Have the thread end; safe to call from the event loop."""
        self._stopping.set()
        os.write(self._wake, b".")

    def join(self) -> None:
        """Wait until the thread has let go of the database; never from the event loop."""
        self._thread.join()
        os.close(self._wake)

    def _run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            try:
                self._listen(again=tries > 0)
            except Exception as error:  # whatever it was, the pages must hear again
                tries = 1 if self.listening.is_set() else tries + 1
                wait = _WAITS[min(tries, len(_WAITS)) - 1]
                lost = isinstance(error, psycopg2.Error)
                logger.warning("the live channel begins anew: %s", error, exc_info=not lost)
                self._stopping.wait(wait)
            self.listening.clear()
        os.close(self._woken)

    def _listen(self, *, again: bool) -> None:
        parameters = connections["default"].get_connection_params()
        connection = psycopg2.connect(**parameters)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self.listening.set()
            if again:
                # What was announced meanwhile is lost: have every page ask anew.
                self._hand_over([(EVERYONE, {"topic": "refresh"})])
            while not self._stopping.is_set():
                self._hear(connection)
        finally:
            connection.close()

    def _hear(self, connection: Any) -> None:
        select.select([connection, self._woken], [], [], _PATIENCE)
        connection.poll()
        heard, connection.notifies[:] = list(connection.notifies), []
        events = [event for notify in heard for event in addressed(notify.payload)]
        if events:
            self._hand_over(events)

    def _hand_over(self, events: list[tuple[str, dict[str, Any]]]) -> None:
        if not self._stopping.is_set():
            asyncio.run_coroutine_threadsafe(_send(events), self._loop).result()


async def _send(events: list[tuple[str, dict[str, Any]]]) -> None:
    layer = get_channel_layer(LAYER)
    for group, event in events:
        await layer.group_send(group, {"type": "live.event", "event": event})


class Lifespan:
    """The ASGI lifespan of a web process: it listens from its start to its end."""

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer the server's start and stop."""
        listener = Listener(asyncio.get_running_loop())
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                listener.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                listener.stop()
                await asyncio.to_thread(listener.join)
                await send({"type": "lifespan.shutdown.complete"})
                return
