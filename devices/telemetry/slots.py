"""Slots: how the ingest processes share the stream of telemetry.

Each process acquires the lowest free slot and connects to the broker under its client id. The
broker queues unacknowledged messages under that id, for the next process that acquires the slot.

An advisory lock of PostgreSQL gives a slot to one process only. It is held on a connection of its
own, and ends with the process, with the connection and with the database.
"""

import select
import time
from contextlib import suppress
from itertools import count

import psycopg2
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections

from devices.telemetry.models import Slot

# The only client id before there were slots; a slot's client id has its number appended.
LEGACY_CLIENT_ID = "gatehouse-telemetry"
# An unplugged cable does not end a connection, so the connection is checked by a query.
CHECK_EVERY_S = 5.0
TIMEOUT_MS = 5000
# The server notices a vanished machine by keepalives only.
_KEEPALIVE = """
SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3
"""
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('telemetry_slot'), hashtext(%s))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('telemetry_slot'), hashtext(%s))"
_REGISTERED = """
SELECT client_id, EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = hashtext('telemetry_slot')::oid AND objid = hashtext(client_id)::oid
) FROM telemetry_slot ORDER BY client_id
"""


class HeldSlot:
    """A slot, held as long as its connection lives. Use it from one thread."""

    def __init__(self) -> None:
        """Connect; `lock` acquires the slot.

        Raises:
            django.db.Error: the database is unavailable.
        """
        self.client_id = ""
        self._connection = connections[DEFAULT_DB_ALIAS].copy()
        self._connection.settings_dict["OPTIONS"]["tcp_user_timeout"] = TIMEOUT_MS
        self._check_at = 0.0
        with self._connection.cursor() as cursor:
            cursor.execute(_KEEPALIVE)

    def lock(self, client_id: str) -> bool:
        """Lock that client id too; return False where another process holds it.

        Raises:
            django.db.Error: the database is unavailable.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(_TRY_LOCK, [client_id])
            return bool(cursor.fetchone()[0])

    def unlock(self, client_id: str) -> None:
        """Unlock that client id; a lost connection has unlocked it already."""
        with suppress(Error, psycopg2.Error), self._connection.cursor() as cursor:
            cursor.execute(_UNLOCK, [client_id])

    @property
    def held(self) -> bool:
        """Whether this process still holds the slot."""
        try:
            if self._is_silent and time.monotonic() < self._check_at:
                return True
            self._check_at = time.monotonic() + CHECK_EVERY_S
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (Error, psycopg2.Error):
            return False
        return True

    @property
    def _is_silent(self) -> bool:
        """Whether nothing can be read from the connection; its end could be."""
        return not select.select([self.fileno()], [], [], 0)[0]

    def fileno(self) -> int:
        """Return the connection's file descriptor for ``poll``; it is readable when it ends."""
        return int(self._connection.connection.fileno())

    def release(self) -> None:
        """Release the slot for the next process."""
        self._connection.close()


def acquire() -> HeldSlot:
    """Acquire the lowest free slot and register its client id.

    Raises:
        django.db.Error: the database is unavailable.
    """
    slot = HeldSlot()
    try:
        slot.client_id = next(name for name in map(client_id_of, count()) if slot.lock(name))
        register(slot.client_id)
    except Error:
        slot.release()
        raise
    return slot


def acquire_named(client_id: str) -> HeldSlot | None:
    """Acquire the slot of that client id; return None where another process holds it.

    Raises:
        django.db.Error: the database is unavailable.
    """
    slot = HeldSlot()
    slot.client_id = client_id
    try:
        if slot.lock(client_id):
            return slot
    except Error:
        slot.release()
        raise
    slot.release()
    return None


def register(client_id: str) -> None:
    """Register a client id under which the broker may queue messages.

    Raises:
        django.db.Error: the database is unavailable.
    """
    Slot.objects.get_or_create(client_id=client_id)


def registered() -> dict[str, bool]:
    """Return the registered client ids, and whether a process holds each.

    Raises:
        django.db.Error: the database is unavailable.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERED)
        return dict(cursor.fetchall())


def unheld() -> list[str]:
    """Return the registered client ids that no process holds.

    Raises:
        django.db.Error: the database is unavailable.
    """
    return [client_id for client_id, held in registered().items() if not held]


def unregister(client_id: str) -> None:
    """Remove a client id of which the broker has no session any more.

    Raises:
        django.db.Error: the database is unavailable.
    """
    Slot.objects.filter(client_id=client_id).delete()


def client_id_of(number: int) -> str:
    """Return the client id of the slot of that number, from 0."""
    return f"{LEGACY_CLIENT_ID}-{number}"


FIRST = client_id_of(0)
# The client id under which the first process shares the stream, while `FIRST` is the standby.
FIRST_SHARED = f"{FIRST}-shared"
