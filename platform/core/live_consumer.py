"""The browser's end of the live channel: what changed, in at most four bundles a second.

A page gets what one transaction changed at once, and what follows within a quarter of a second
together, each thing once, so that a busy site costs a browser no more than a quiet one.
"""

import asyncio
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

#: The channel layer of one process (config.live): every process hears the database itself.
LAYER = "live"
EVERYONE = "everyone"
BUNDLE_EVERY = 0.25
#: So many seconds after the first change the others of its transaction are there too.
GATHER = 0.015
#: A person's right to listen is asked for anew after so many seconds.
RECHECK_EVERY = 30.0
NOT_ALLOWED = 4403


def site_group(site_id: int) -> str:
    """Return the name of the group of a site's staff pages."""
    return f"site.{site_id}"


def stay_group(public_id: str) -> str:
    """Return the name of the group of the pages that wait for one stay."""
    return f"stay.{public_id}"


class BundlingConsumer(AsyncJsonWebsocketConsumer):
    """A page that listens to one group; a subclass says to which, and who may."""

    channel_layer_alias = LAYER

    def group_allowed(self) -> str | None:
        """Return the group this page may listen to, or None to refuse; called in a thread."""
        raise NotImplementedError

    async def connect(self) -> None:
        """Accept the page and add it to its group, or close with 4403."""
        self.group = ""
        self.waiting: dict[tuple[str, Any], dict[str, Any]] = {}
        self.flushing: asyncio.Task[None] | None = None
        self.flushed_at = 0.0
        self.checked_at = time.monotonic()
        await self.accept()
        group = await database_sync_to_async(self.group_allowed)()
        if group is None:
            await self.close(NOT_ALLOWED)
            return
        self.group = group
        for name in (group, EVERYONE):
            await self.channel_layer.group_add(name, self.channel_name)
        # Only now is nothing missed any more: the page asks anew for what it shows.
        await self.send_json({"listening": True, "events": []})

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        if self.flushing:
            self.flushing.cancel()
        if self.group:
            for name in (self.group, EVERYONE):
                await self.channel_layer.group_discard(name, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Answer a page that asks whether the connection still stands."""
        await self.send_json({"events": []})

    async def live_event(self, message: dict[str, Any]) -> None:
        """Take in one change; a second one of the same thing replaces the first."""
        event = message["event"]
        self.waiting[event["topic"], event.get("id")] = event
        if self.flushing is None or self.flushing.done():
            self.flushing = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        while self.waiting:
            await asyncio.sleep(max(GATHER, self.flushed_at + BUNDLE_EVERY - time.monotonic()))
            if not await self._still_allowed():
                await self.close(NOT_ALLOWED)
                return
            events, self.waiting = list(self.waiting.values()), {}
            self.flushed_at = time.monotonic()
            await self.send_json({"events": events})

    async def _still_allowed(self) -> bool:
        if time.monotonic() - self.checked_at > RECHECK_EVERY:
            self.checked_at = time.monotonic()
            return await database_sync_to_async(self.group_allowed)() == self.group
        return True
