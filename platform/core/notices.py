"""Waiting for PostgreSQL's NOTIFY on this thread's own database connection."""

import select
from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper


def listen(channel: str) -> None:
    """Have this thread's connection hear the channel, for as long as the connection lives.

    Raises:
        django.db.OperationalError: the database cannot be reached.
    """
    with connection.cursor() as cursor:
        _listen(cursor, channel)


def wait(timeout: float, also: Sequence[int] = ()) -> list[str]:
    """Return what was notified, waiting up to ``timeout`` seconds for the first of it.

    Args:
        also: file descriptors that end the waiting too, such as a pipe that says stop.

    Raises:
        psycopg2.OperationalError: the connection is lost.
    """
    driver = connection.connection
    if not driver.notifies:
        select.select([driver, *also], [], [], timeout)
        driver.poll()
    heard = [notice.payload for notice in driver.notifies]
    driver.notifies.clear()
    return heard


def _listen(cursor: CursorWrapper, channel: str) -> None:
    if not channel.isidentifier():
        raise ValueError(f"{channel!r} is no channel's name")
    cursor.execute(f'LISTEN "{channel}"')
