"""The browser's end of the live channel.

A page opens a WebSocket and subscribes to topics: ``{"subscribe": ["lane", "device-7"]}`` asks for
all lanes and one device. The server answers ``{"listening": [...]}`` with what the page's user may
receive, and then sends bundles: ``{"events": [{"topic": "lane", "id": 3}, {"topic": "device"}]}``.
An event without an id means that any row of the topic may have changed.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import InterfaceError, OperationalError

from core import clock
from core.live_bundles import Bundler
from core.live_changes import Changes

logger = logging.getLogger(__name__)
#: The channel layer of one process (config.live): each process listens to the database itself.
LAYER = "live"
EVERYONE = "everyone"
#: Seconds between two checks of whether a page may still receive what it subscribed to.
RECHECK_EVERY = 30.0
NOT_ALLOWED = 4403
MAX_SUBSCRIPTIONS = 300


def site_group(site_id: int, topic: str) -> str:
    """Return the name of the group of the pages that subscribed to a topic of a site."""
    return f"site.{site_id}.{topic}"


def public_group(public_id: str) -> str:
    """Return the name of the group of the pages that were opened by a public id."""
    return f"public.{public_id}"


def session_group(digest: str) -> str:
    """Return the name of the group of a session's pages, by `core.live.session_digest`."""
    return f"session.{digest}"


def user_group(user_id: int) -> str:
    """Return the name of the group of a user's pages."""
    return f"user.{user_id}"


@dataclass(frozen=True)
class Admission:
    """What a page may receive.

    Attributes:
        topics: group by the topic's name.
        groups: others that the page belongs to from the start.
        until: when the page's session expires, where it has one.
    """

    topics: dict[str, str]
    groups: frozenset[str] = frozenset()
    until: datetime | None = None


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """One page's connection; a subclass decides what it may receive."""

    channel_layer_alias = LAYER

    def admit(self) -> Admission | None:
        """Return what the page may receive now, or None to refuse it; called in a thread."""
        raise NotImplementedError

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups_joined: set[str] = set()
        self.tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the connection; its tasks and groups end with it, however it ends.

        A page that vanishes may be noticed by a message that cannot be sent: then the exception
        ends the connection, and `disconnect` is not called.
        """
        try:
            await super().__call__(scope, receive, send)
        finally:
            for task in self.tasks:
                task.cancel()
            for group in self.groups_joined:
                await self.channel_layer.group_discard(group, self.channel_name)

    async def connect(self) -> None:
        """Accept the page, or close it with 4403 where it may receive no topic of the site."""
        self.bundler = Bundler()
        self.subscriptions: dict[str, set[int] | None] = {}
        self.changed = asyncio.Event()
        self.admission = Admission({})
        await self.accept()
        if not await self._check_admission():
            return
        for group in (EVERYONE, *self.admission.groups):
            await self._join(group)
        # The session may have ended before the page was in the group that is notified of it.
        if await self._check_admission():
            self.tasks = [
                asyncio.create_task(_until_disconnected(work()))
                for work in (self._send_due, self._recheck)
            ]

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Subscribe to topics, or answer a page that tests its connection."""
        if isinstance(content, dict) and isinstance(content.get("subscribe"), list):
            await self._subscribe(content["subscribe"])
        else:
            await self.send_json({"events": []})

    async def live_changed(self, message: dict[str, Any]) -> None:
        """Add changes of a topic, as far as the page subscribed to them."""
        topic, changes = message["topic"], Changes(set(message["ids"]), **message["extent"])
        wanted = self.subscriptions.get(topic, set())
        if wanted is not None and not changes.whole:
            changes.ids &= wanted
        if topic in self.subscriptions and (changes.whole or changes.ids):
            self.bundler.add(topic, changes, time.monotonic())
            self.changed.set()

    async def live_public_changed(self, message: dict[str, Any]) -> None:
        """Add a change behind the public id in the page's address."""
        self.bundler.add(message["topic"], Changes(whole=True), time.monotonic())
        self.changed.set()

    async def live_reload(self, message: dict[str, Any]) -> None:
        """Have the page reload everything: announcements may have been lost."""
        await self.send_json({"events": [{"topic": "refresh"}]})

    async def live_session_ended(self, message: dict[str, Any]) -> None:
        """Close the page: its user logged out."""
        await self.close(NOT_ALLOWED)

    async def live_recheck(self, message: dict[str, Any]) -> None:
        """Check at once what the page may receive: its user or the user's roles changed."""
        await self._check_admission()

    async def _subscribe(self, wanted: list[Any]) -> None:
        listening = []
        for token in wanted[:MAX_SUBSCRIPTIONS]:
            topic, row_id = _parse(token)
            group = self.admission.topics.get(topic)
            if group is not None and self._add_subscription(topic, row_id):
                await self._join(group)
                listening.append(token)
        # Only now is no change missed any more: the page reloads what it shows.
        await self.send_json({"listening": listening, "events": []})

    def _add_subscription(self, topic: str, row_id: int | None) -> bool:
        rows = self.subscriptions.setdefault(topic, set())
        if row_id is None:
            self.subscriptions[topic] = None
        elif rows is not None:
            rows.add(row_id)
        return rows is None or len(rows) <= MAX_SUBSCRIPTIONS

    async def _join(self, group: str) -> None:
        if group not in self.groups_joined:
            self.groups_joined.add(group)
            await self.channel_layer.group_add(group, self.channel_name)

    async def _check_admission(self) -> bool:
        """Read what the page may receive, unsubscribe it from the rest; close it if refused."""
        admission = await database_sync_to_async(self.admit)()
        if admission is None:
            await self.close(NOT_ALLOWED)
            return False
        self.admission = admission
        for topic in set(self.subscriptions) - set(admission.topics):
            del self.subscriptions[topic]
        return True

    async def _send_due(self) -> None:
        """Send each bundle when it is due."""
        while True:
            self.changed.clear()
            due = self.bundler.due()
            delay = None if due is None else due - time.monotonic()
            if delay is None or delay > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), delay)
            elif events := self.bundler.pop(time.monotonic()):
                await self.send_json({"events": events})

    async def _recheck(self) -> None:
        """Check from time to time, and when the session expires, what the page may receive."""
        while True:
            await asyncio.sleep(self._until_next_check())
            try:
                if not await self._check_admission():
                    return
            except (OperationalError, InterfaceError) as error:
                logger.warning("the live channel could not check a page's session: %s", error)

    def _until_next_check(self) -> float:
        if self.admission.until is None:
            return RECHECK_EVERY
        remaining = (self.admission.until - clock.now()).total_seconds()
        return max(0.0, min(RECHECK_EVERY, remaining))


async def _until_disconnected(work: Coroutine[Any, Any, None]) -> None:
    """Run a page's task until a message to a page that has gone raises an OSError (ASGI)."""
    with suppress(OSError):
        await work


def _parse(token: Any) -> tuple[str, int | None]:
    """Split ``device-7`` into topic and primary key; a malformed token yields no topic's name."""
    topic, separator, row_id = str(token).partition("-")
    if not separator:
        return topic, None
    return (topic, int(row_id)) if row_id.isdecimal() and len(row_id) < 20 else ("", None)
