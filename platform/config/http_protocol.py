"""uvicorn's HTTP protocol with time-outs: for a request's head, and for a response's reader."""

import asyncio

import h11
from django.conf import settings
from uvicorn.protocols.http.h11_impl import H11Protocol


class TimedProtocol(H11Protocol):
    """One connection, which ends if its client is too slow.

    uvicorn limits only the pause between two requests: a client that sends a byte of its head now
    and then, or reads nothing of the response, would hold the connection for ever. The body's time
    is limited by `config.request_limits`.
    """

    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time for the first head."""
        super().connection_made(transport)
        self._update_head_timer()

    def data_received(self, data: bytes) -> None:
        """Process the data; the time for a head begins with its first byte."""
        super().data_received(data)
        self._update_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        _stop(self._head_timer)
        self._head_timer = None
        _stop(self._write_timer)
        self._write_timer = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the time in which the client must read something."""
        super().pause_writing()
        seconds = settings.HTTP_WRITE_TIMEOUT_S
        self._write_timer = self.loop.call_later(seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop that time."""
        _stop(self._write_timer)
        self._write_timer = None
        super().resume_writing()

    def _update_head_timer(self) -> None:
        awaits_head = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if not awaits_head:
            _stop(self._head_timer)
            self._head_timer = None
        elif self._head_timer is None:
            seconds = settings.HTTP_HEAD_TIMEOUT_S
            self._head_timer = self.loop.call_later(seconds, self.transport.abort)


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
