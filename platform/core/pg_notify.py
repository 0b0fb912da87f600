"""Waiting for PostgreSQL's NOTIFY on this thread's own database connection."""

import select

from django.db import connection


def listen(channel: str) -> None:
    """Have this thread's connection hear the channel, for as long as the connection lives.

    Raises:
        ValueError: the text cannot be a channel's name.
        django.db.OperationalError: the database cannot be reached.
    """
    if not channel.isidentifier():
        raise ValueError(f"{channel!r} is no channel's name")
    with connection.cursor() as cursor:
        cursor.execute(f'LISTEN "{channel}"')


def wait(timeout: float) -> list[str]:
    """Return what was notified, waiting up to ``timeout`` seconds for the first of it.

    Raises:
        psycopg2.OperationalError: the connection is lost.
    """
    driver = connection.connection
    if not driver.notifies:
        select.select([driver], [], [], timeout)
        driver.poll()
    heard = [notice.payload for notice in driver.notifies]
    driver.notifies.clear()
    return heard
