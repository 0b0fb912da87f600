"""Checkpoints: what a chain keeps of seals that were deleted after the retention period.

A checkpoint states the first and the last number of a run of seals, the digest before it and the
digest of its last seal, with an HMAC. A chain is followed across it, so that what was deleted on
time is told apart from what was cut out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from core.audit.digests import checkpoint_mac, is_same
from core.models import AuditCheckpoint, AuditSeal

# Three years, whichever leap days they contain; the database refuses to delete younger entries.
SHORTEST_DAYS = 3 * 365 + 1
_DELETE = "SELECT audit_delete_range(%s, %s, %s)"


@dataclass(frozen=True)
class Run:
    """Consecutive seals of one chain, whose entries are due.

    Attributes:
        newest_at: the time of the latest of the entries.
    """

    first: AuditSeal
    last: AuditSeal
    newest_at: datetime


def runs_of(seals: list[AuditSeal]) -> Iterator[Run]:
    """Yield the runs of seals without a gap.

    Args:
        seals: with their entries, by chain and number.
    """
    run: Run | None = None
    for seal in seals:
        at = seal.entry.at
        if run and (run.last.site_id, run.last.seq + 1) == (seal.site_id, seal.seq):
            run = Run(run.first, seal, max(run.newest_at, at))
            continue
        if run:
            yield run
        run = Run(seal, seal, at)
    if run:
        yield run


def delete_run(run: Run, now: datetime) -> AuditCheckpoint:
    """Replace a run of seals and their entries by a checkpoint, in the caller's transaction.

    Raises:
        django.db.IntegrityError: one of the entries is younger than three years.
    """
    checkpoint = AuditCheckpoint(
        site_id=run.first.site_id,
        first_seq=run.first.seq,
        last_seq=run.last.seq,
        previous=run.first.previous,
        digest=run.last.digest,
        newest_at=run.newest_at,
        made_at=now,
    )
    checkpoint.mac = checkpoint_mac(checkpoint)
    checkpoint.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, [checkpoint.site_id, checkpoint.first_seq, checkpoint.last_seq])
    return checkpoint


def problem_of(checkpoint: AuditCheckpoint) -> str:
    """Return what is wrong with a checkpoint itself; empty for nothing."""
    if not is_same(checkpoint.mac, checkpoint_mac(checkpoint)):
        return "the checkpoint was altered or forged"
    if checkpoint.made_at - checkpoint.newest_at < timedelta(days=SHORTEST_DAYS):
        return "entries were deleted before the end of their period"
    return ""


def checkpoints_of(site_id: int | None) -> list[AuditCheckpoint]:
    """Return a chain's checkpoints in order."""
    return list(AuditCheckpoint.objects.filter(site=site_id).order_by("first_seq"))


def covering(site_id: int | None, seq: int) -> AuditCheckpoint | None:
    """Return the genuine checkpoint that stands for a seal; None without one."""
    rows = AuditCheckpoint.objects.filter(site=site_id, first_seq__lte=seq, last_seq__gte=seq)
    return next((each for each in rows if not problem_of(each)), None)
