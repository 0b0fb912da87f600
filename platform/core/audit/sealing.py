"""Chaining committed entries: one process at a time, in the order it finds them committed.

An entry is sealed once every transaction that began before it has ended (its transaction id lies
below the snapshot's xmin), so that sealing never waits for a transaction and misses none.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from core import clock
from core.audit.digests import GENESIS, seal_digest
from core.models import AuditEntry, AuditSeal

BATCH = 1000
_READ_AT_ONCE = 100
# Longer than any transaction of ours lasts; `manage.py doctor` reports what stays unsealed.
LONGEST_UNSEALED = timedelta(seconds=60)
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('audit sealing'))"
_XMIN = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
# A transaction id at or above xmax can't be of this server: a backup from another one brought it.
_COMMITTED = """
SELECT id, xid::text FROM core_auditentry AS entry
WHERE (
    (xid >= %s::xid8 AND xid < %s::xid8) OR xid >= pg_snapshot_xmax(pg_current_snapshot())
) AND NOT EXISTS (SELECT FROM core_auditseal WHERE entry_id = entry.id)
ORDER BY xid, id LIMIT %s
"""
_OLDEST_TRANSACTION = """
SELECT pid, now() - xact_start FROM pg_stat_activity
WHERE backend_xid IS NOT NULL AND datname = current_database() ORDER BY xact_start LIMIT 1
"""


class Sealer:
    """Seals what was committed; keeps the transaction id below which everything is sealed."""

    def __init__(self, batch: int = BATCH) -> None:
        self._batch = batch
        self._sealed_below = "0"

    @transaction.atomic
    def seal(self) -> int | None:
        """Seal the next batch of committed entries.

        Returns:
            How many were sealed; None while another process holds the lock.
        """
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
            if not cursor.fetchone()[0]:
                return None
            cursor.execute(_XMIN)
            (xmin,) = cursor.fetchone()
            cursor.execute(_COMMITTED, [self._sealed_below, xmin, self._batch])
            found = [int(pk) for pk, _ in cursor.fetchall()]
        _append(found, clock.now())
        if len(found) < self._batch:
            self._sealed_below = xmin
        return len(found)


def unsealed() -> QuerySet[AuditEntry]:
    """Return the entries that have no seal yet."""
    return AuditEntry.objects.filter(seal=None)


def overdue(now: datetime) -> QuerySet[AuditEntry]:
    """Return the entries that stayed unsealed for longer than 60 s."""
    return unsealed().filter(at__lt=now - LONGEST_UNSEALED)


def oldest_transaction() -> tuple[int, timedelta] | None:
    """Return the process id and the age of the longest open writing transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_TRANSACTION)
        return cursor.fetchone()


def _append(pks: list[int], at: datetime) -> None:
    """Seal entries in this order, reading few at a time: a detail may be large."""
    heads: dict[int | None, tuple[int, str]] = {}
    for begin in range(0, len(pks), _READ_AT_ONCE):
        part = pks[begin : begin + _READ_AT_ONCE]
        entries = AuditEntry.objects.in_bulk(part)
        AuditSeal.objects.bulk_create(_next_seal(entries[pk], heads, at) for pk in part)


def _next_seal(
    entry: AuditEntry, heads: dict[int | None, tuple[int, str]], at: datetime
) -> AuditSeal:
    if entry.site_id not in heads:
        heads[entry.site_id] = _head(entry.site_id)
    seq, previous = heads[entry.site_id]
    seal = AuditSeal(
        site_id=entry.site_id, seq=seq + 1, entry=entry, previous=previous, sealed_at=at
    )
    seal.digest = seal_digest(seal, entry)
    heads[entry.site_id] = seal.seq, seal.digest
    return seal


def _head(site_id: int | None) -> tuple[int, str]:
    last = last_seal(site_id)
    return (last.seq, last.digest) if last else (0, GENESIS)


def last_seal(site_id: int | None) -> AuditSeal | None:
    """Return the head of a chain."""
    return AuditSeal.objects.filter(site=site_id).order_by("-seq").first()


def entries_were_inserted() -> bool:
    """Return whether there have ever been entries, by the sequence of their ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_called FROM core_auditentry_id_seq")
        return bool(cursor.fetchone()[0])
