"""How many messages may be under way to one server at once.

The threads that send notifications are shared by all servers. One that hangs holds its slots, and
never all threads, so the messages by other servers are not delayed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from core import clock
from core.outbox import NotYet

MOST = 8
_AGAIN = timedelta(seconds=2)


class Slots:
    """The slots of servers, by their names, in this process.

    Args:
        most: so many messages to one server at once.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._taken: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, server: str) -> Iterator[None]:
        """Hold a slot of a server.

        Raises:
            NotYet: all of them are taken; the message is postponed, which is no failure.
        """
        with self._lock:
            count = self._taken.get(server, 0)
            if count >= self._most:
                raise NotYet(clock.now() + _AGAIN)
            self._taken[server] = count + 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[server] -= 1
                if not self._taken[server]:
                    del self._taken[server]
