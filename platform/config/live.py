"""Hand PostgreSQL's notifications to the open pages: one listening thread in each web process.

Each web process listens to the database itself and hands what it receives to its own pages only,
through an in-memory channel layer; no broker stands between the database and the browser.
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
from core.live_changes import Changes, ChangeSet
from core.live_consumer import (
    EVERYONE,
    LAYER,
    public_group,
    session_group,
    site_group,
    user_group,
)

logger = logging.getLogger(__name__)
GroupMessage = tuple[str, dict[str, Any]]
RELOAD: GroupMessage = (EVERYONE, {"type": "live.reload"})
_RETRY_AFTER = [0.2, 0.5, 1, 2, 5]  # seconds before each attempt to reconnect; the last repeats
_IDLE_S = 30.0  # seconds after which a connection without notifications is checked
#: After sending notifications, further ones are collected for this many seconds.
GATHER = 0.05


class Notifications:
    """Notifications that wait to be handed over; changes of the same topic are coalesced."""

    def __init__(self) -> None:
        self._changes: ChangeSet[tuple[int, str]] = ChangeSet()
        self._others: dict[str, GroupMessage] = {}  # by payload: a repeated one is sent once

    def add(self, payload: str) -> None:
        """Add a payload of `core.live`; anything else is logged and dropped."""
        try:
            self._add(payload)
        except (ValueError, TypeError, KeyError, AttributeError):
            logger.warning("not a notification of the live channel: %.200s", payload)

    def pop_all(self) -> list[GroupMessage]:
        """Return what waits, each message with the group that it goes to."""
        others, self._others = list(self._others.values()), {}
        return [*others, *map(_changed, self._changes.pop_all())]

    def _add(self, payload: str) -> None:
        facts = json.loads(payload)
        if "site" in facts:
            ids, bulk = set(facts.get("ids", ())), bool(facts.get("bulk"))
            changes = Changes(ids, whole=bulk or not ids, bulk=bulk)
            self._changes.merge((int(facts["site"]), str(facts["topic"])), changes)
        elif "public" in facts:
            message = {"type": "live.public_changed", "topic": str(facts["topic"])}
            self._others[payload] = (public_group(facts["public"]), message)
        elif "session" in facts:
            message = {"type": "live.session_ended"}
            self._others[payload] = (session_group(facts["session"]), message)
        elif "topic" in facts:
            message = {"type": "live.public_changed", "topic": str(facts["topic"])}
            self._others[payload] = (user_group(int(facts["user"])), message)
        else:
            self._others[payload] = (user_group(int(facts["user"])), {"type": "live.recheck"})


def _changed(of_topic: tuple[tuple[int, str], Changes]) -> GroupMessage:
    (site_id, topic), changes = of_topic
    extent = {"whole": changes.whole, "bulk": changes.bulk}
    message = {"type": "live.changed", "topic": topic, "ids": sorted(changes.ids), "extent": extent}
    return site_group(site_id, topic), message


class Listener:
    """A thread that listens to the database and hands notifications to an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._notifications = Notifications()
        self._wake_reader, self._wake_writer = os.pipe()
        self._stopping = threading.Event()
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live listener", daemon=True)

    def start(self) -> None:
        """Start to listen, and reconnect whenever the database connection is lost."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; safe to call from the event loop."""
        self._stopping.set()
        os.write(self._wake_writer, b".")

    def join(self) -> None:
        """Wait until the thread has closed its connection; never from the event loop."""
        self._thread.join()
        os.close(self._wake_writer)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self._listen(reconnected=failures > 0)
            except Exception as error:  # any error: the pages must be served again
                failures = 1 if self.listening.is_set() else failures + 1
                lost = isinstance(error, psycopg2.Error)
                logger.warning("the live channel reconnects: %s", error, exc_info=not lost)
                self._stopping.wait(_RETRY_AFTER[min(failures, len(_RETRY_AFTER)) - 1])
            self.listening.clear()
        os.close(self._wake_reader)

    def _listen(self, *, reconnected: bool) -> None:
        parameters = connections["default"].get_connection_params()
        connection = psycopg2.connect(**parameters)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self.listening.set()
            if reconnected:
                # What was announced meanwhile is lost, so every page reloads.
                self._hand_over([RELOAD])
            while not self._stopping.is_set():
                self._receive(connection)
        finally:
            connection.close()

    def _receive(self, connection: Any) -> None:
        select.select([connection, self._wake_reader], [], [], _IDLE_S)
        connection.poll()
        for notify in connection.notifies:
            self._notifications.add(notify.payload)
        connection.notifies.clear()
        if messages := self._notifications.pop_all():
            self._hand_over(messages)
            self._stopping.wait(GATHER)

    def _hand_over(self, messages: list[GroupMessage]) -> None:
        if not self._stopping.is_set():
            asyncio.run_coroutine_threadsafe(_send(messages), self._loop).result()


async def _send(messages: list[GroupMessage]) -> None:
    layer = get_channel_layer(LAYER)
    for group, message in messages:
        await layer.group_send(group, message)


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
