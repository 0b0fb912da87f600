"""Listen for PostgreSQL's NOTIFY on this thread's own database connection."""

import select

from django.db import connection


def listen(channel: str) -> None:
    """Subscribe this thread's connection to a channel, for as long as the connection lives.

    Raises:
        ValueError: the name is not an identifier.
        django.db.OperationalError: the database cannot be reached.
    """
    if not channel.isidentifier():
        raise ValueError(f"{channel!r} is not a channel name")
    with connection.cursor() as cursor:
        cursor.execute(f'LISTEN "{channel}"')


def wait(timeout: float) -> list[str]:
    """Return the payloads of notifications; wait up to ``timeout`` seconds for the first.

    Raises:
        psycopg2.OperationalError: the connection is lost.
    """
    driver = connection.connection
    if not driver.notifies:
        select.select([driver], [], [], timeout)
        driver.poll()
    payloads = [notify.payload for notify in driver.notifies]
    driver.notifies.clear()
    return payloads
