"""The idle connections of a process."""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as RawConnection  # noqa: N812 - a class in C

# The server's process behind a connection remembers each table that it has read: its memory grows.
_LIFETIME_S = 1800.0
# Settings, prepared statements, temporary tables, locks and LISTEN of the request before.
_RESET = "DISCARD ALL"


@dataclass(frozen=True, slots=True)
class Pooled:
    """A connection to the server, and how it was opened."""

    raw: RawConnection
    parameters: Mapping[str, Any]
    opened_at: float = field(default_factory=monotonic)


class Pool:
    """Connections between two requests; the one that was used last is used next.

    Args:
        most: so many are kept; 0 keeps none.
        lifetime_s: a connection is kept for so long after it was opened.
    """

    def __init__(self, most: int = 0, lifetime_s: float = _LIFETIME_S) -> None:
        self.most = most
        self._lifetime_s = lifetime_s
        self._idle: deque[Pooled] = deque()
        self._lock = Lock()

    def take(self, parameters: Mapping[str, Any]) -> Pooled | None:
        """Return an idle connection with these parameters, reset to its first state, if any."""
        while (found := self._next(parameters)) is not None:
            try:
                with found.raw.cursor() as cursor:
                    cursor.execute(_RESET)
            except psycopg2.Error:  # the server was restarted, or the network lost the connection
                _close(found)
            else:
                return found
        return None

    def give_back(self, connection: Pooled) -> bool:
        """Keep a connection that is usable and not old; return whether it is kept."""
        with self._lock:
            keeps = self._may_keep(connection)
            if keeps:
                self._idle.append(connection)
        return keeps

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            _close(self._idle.pop())

    def _may_keep(self, connection: Pooled) -> bool:
        raw = connection.raw
        return (
            len(self._idle) < self.most
            and monotonic() - connection.opened_at < self._lifetime_s
            and not raw.closed
            and raw.autocommit
            and raw.info.transaction_status == TRANSACTION_STATUS_IDLE
        )

    def _next(self, parameters: Mapping[str, Any]) -> Pooled | None:
        with self._lock:
            for each in reversed(self._idle):
                if each.parameters == parameters:
                    self._idle.remove(each)
                    return each
        return None


def _close(connection: Pooled) -> None:
    with suppress(psycopg2.Error):
        connection.raw.close()


POOL = Pool()


def keep_connections(most: int) -> None:
    """Keep so many idle connections for later requests of this process."""
    POOL.most = most
