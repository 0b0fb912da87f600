"""Slots: the places of the processes that share the stream of telemetry.

Each process takes the lowest slot that is free and listens under its client id. The broker keeps
what was not acknowledged under that id; so it is the same for whoever takes the slot next.

That only one process has a slot is kept by a lock of PostgreSQL, held on a connection of its own,
which ends with the process, with the connection and with the database.
"""

import select
import time
from contextlib import suppress
from itertools import count

import psycopg2
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections

from devices.telemetry.models import Slot

# The only client id there was before there were slots; slots have a number behind it.
CLIENT_ID = "gatehouse-telemetry"
# A cable that is pulled out breaks nothing by itself, so that somebody has to ask.
ASK_EVERY_S = 5.0
ANSWER_MS = 5000
# Sessions of PostgreSQL know of a process that vanished with its machine only by asking.
_NOTICE_DEATH = """
SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3
"""
_TRY = "SELECT pg_try_advisory_lock(hashtext('telemetry_slot'), hashtext(%s))"
_LET_GO = "SELECT pg_advisory_unlock(hashtext('telemetry_slot'), hashtext(%s))"
_KNOWN = """
SELECT client_id, EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = hashtext('telemetry_slot')::oid AND objid = hashtext(client_id)::oid
) FROM telemetry_slot ORDER BY client_id
"""


class HeldSlot:
    """A slot that is ours as long as its connection lives. Use it from one thread."""

    def __init__(self) -> None:
        """Connect; `hold` takes the slot.

        Raises:
            django.db.Error: the database cannot be reached.
        """
        self.client_id = ""
        self._connection = connections[DEFAULT_DB_ALIAS].copy()
        self._connection.settings_dict["OPTIONS"]["tcp_user_timeout"] = ANSWER_MS
        self._ask_at = 0.0
        with self._connection.cursor() as cursor:
            cursor.execute(_NOTICE_DEATH)

    def hold(self, client_id: str) -> bool:
        """Take that client id too, unless another process has it.

        Raises:
            django.db.Error: the database is away.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(_TRY, [client_id])
            return bool(cursor.fetchone()[0])

    def let_go(self, client_id: str) -> None:
        """Give back that client id; where the connection is lost, it is given back already."""
        with suppress(Error, psycopg2.Error), self._connection.cursor() as cursor:
            cursor.execute(_LET_GO, [client_id])

    @property
    def held(self) -> bool:
        """Whether the slot is still ours."""
        try:
            if self._silent and time.monotonic() < self._ask_at:
                return True
            self._ask_at = time.monotonic() + ASK_EVERY_S
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (Error, psycopg2.Error):
            return False
        return True

    @property
    def _silent(self) -> bool:
        """Whether nothing came on the connection: its end would be something."""
        return not select.select([self.fileno()], [], [], 0)[0]

    def fileno(self) -> int:
        """Return the connection's file descriptor, for ``poll``: it can be read when it ends."""
        return int(self._connection.connection.fileno())

    def release(self) -> None:
        """Let the next one have it."""
        self._connection.close()


def take() -> HeldSlot:
    """Take the lowest slot that nobody holds, and have it known that it may hold messages.

    Raises:
        django.db.Error: the database is away.
    """
    slot = HeldSlot()
    try:
        slot.client_id = next(name for name in map(name_of, count()) if slot.hold(name))
        remember(slot.client_id)
    except Error:
        slot.release()
        raise
    return slot


def take_over(client_id: str) -> HeldSlot | None:
    """Take that slot; None when somebody holds it.

    Raises:
        django.db.Error: the database is away.
    """
    slot = HeldSlot()
    slot.client_id = client_id
    try:
        if slot.hold(client_id):
            return slot
    except Error:
        slot.release()
        raise
    slot.release()
    return None


def remember(client_id: str) -> None:
    """Have it known that the broker may keep messages under that client id.

    Raises:
        django.db.Error: the database is away.
    """
    Slot.objects.get_or_create(client_id=client_id)


def known() -> dict[str, bool]:
    """Return the client ids under which the broker may keep messages, and whether each is held.

    Raises:
        django.db.Error: the database is away.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        return dict(cursor.fetchall())


def abandoned() -> list[str]:
    """Return the client ids under which the broker may keep messages for nobody.

    Raises:
        django.db.Error: the database is away.
    """
    return [client_id for client_id, held in known().items() if not held]


def forget(client_id: str) -> None:
    """Look for nothing more under that client id.

    Raises:
        django.db.Error: the database is away.
    """
    Slot.objects.filter(client_id=client_id).delete()


def name_of(number: int) -> str:
    """Return the client id of the slot of that number, from 0."""
    return f"{CLIENT_ID}-{number}"


FIRST = name_of(0)
# Under which the first process shares, while `FIRST` keeps what a broker forgets.
FIRST_SHARED = f"{FIRST}-shared"
