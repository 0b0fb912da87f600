"""Limits of a request's body, applied while it arrives: its size, and how slowly it may come.

Under ASGI, Django spools the whole body to disk before it calls a view, so a view is too late.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings

MEGABYTE = 1_000_000
#: Addresses whose forms take photos and lists of signed-in users: the console's, and the portal's
#: where residents enrol their faces or send the photo of a meter.
LARGE_BODIES = ("/s/", "/faces/", "/meters/")
LARGE_BODY, SMALL_BODY = 20 * MEGABYTE, MEGABYTE  # bytes
# A body has BODY_TIMEOUT seconds, and more while it arrives at this rate or faster.
LEAST_RATE = 10_000  # bytes per second
# After an early answer, so much of the rest is read: a client that is still sending when the
# connection closes would see a reset instead of the answer.
_DRAIN_S = 2.0

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]


class BodyLimitError(Exception):
    """The body exceeds a limit; has the status that answers it."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class RequestLimits:
    """ASGI middleware: answer 413 to a body that is too large, 408 to one that is too slow."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        body = _Body(receive, max_body(scope["path"]))
        response = _Response(send)
        try:
            body.check_announced(scope["headers"])
            await self.application(scope, body.receive, response.send)
        except BodyLimitError as error:
            if response.started:
                raise  # the server ends the connection
            await _answer(error.status, send)
            await body.drain()
            await send({"type": "http.response.body"})


def max_body(path: str) -> int:
    """Return how many bytes the body of a request to a path may have."""
    return LARGE_BODY if path.startswith(LARGE_BODIES) else SMALL_BODY


class _Body:
    """The body of one request, counted and timed while it is received."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._received = 0
        self._began_at = time.monotonic()
        self._complete = False
        self._awaits_consent = False

    def check_announced(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Raise BodyLimitError if Content-Length announces too much."""
        named = dict(headers)
        self._awaits_consent = b"expect" in named
        if int(named.get(b"content-length", b"0")) > self._limit:
            raise BodyLimitError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    async def receive(self) -> Message:
        """Receive the next part.

        Raises BodyLimitError if there is too much of it, or if it took too long.
        """
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds_left()):
                message = await self._receive()
        except TimeoutError:
            raise BodyLimitError(HTTPStatus.REQUEST_TIMEOUT) from None
        self._received += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._received > self._limit:
            raise BodyLimitError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    async def drain(self) -> None:
        """Read and drop what else arrives, for a short time."""
        if self._awaits_consent:
            return  # the client waits for the answer before it sends anything
        try:
            async with asyncio.timeout(_DRAIN_S):
                while not self._complete:
                    message = await self._receive()
                    self._complete = not message.get("more_body", False)
        except TimeoutError:
            return

    def _seconds_left(self) -> float:
        allowed = settings.HTTP_BODY_TIMEOUT_S + self._received / LEAST_RATE
        return self._began_at + allowed - time.monotonic()


class _Response:
    """Whether the application has started to answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        self.started = True
        await self._send(message)


async def _answer(status: HTTPStatus, send: Send) -> None:
    """Send the whole answer, but leave it open so that the rest of the body can be read."""
    text = f"{status.phrase}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": True})
