"""Undo a batch: remove what it created and restore what it changed, all or nothing."""

from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from core import audit, clock, jobs, runs
from core.errors import Rejection
from core.imports.checking import announce, in_its_words, problem_of
from core.imports.kinds import Effect, kind_of
from core.imports.rejections import referred_to
from core.models import ImportBatch, ImportEffect, Run

KIND = "core.import.undo"
CHUNK = 500


def undo_all(run: Run) -> runs.Chunk:
    """Undo all effects of a batch, the last first; a killed run begins again."""
    batch = ImportBatch.objects.select_for_update().get(pk=run.parameters["batch"])
    kind = kind_of(batch.kind)
    with in_its_words(batch):
        try:
            with transaction.atomic():
                for effects in _effects(batch):
                    kind.undo(batch.site, batch.by, effects)
                    jobs.report_progress()
        except Rejection as rejection:
            return _refuse(batch, rejection)
        except (ProtectedError, RestrictedError, IntegrityError):
            return _refuse(batch, referred_to())
    total = batch.effects.count()
    batch.effects.all().delete()
    batch.state, batch.ended_at, batch.problem = batch.State.UNDONE, clock.now(), None
    batch.save()
    subject = ("import_batch", batch.pk)
    audit.record(batch.site, run.actor, "undo import", subject, list=batch.kind, undone=total)
    return runs.Chunk(done=total)


def _effects(batch: ImportBatch) -> Iterator[list[Effect]]:
    last: int | None = None
    while True:
        rows = batch.effects.order_by("-pk")
        found = list(rows.filter(pk__lt=last)[:CHUNK] if last else rows[:CHUNK])
        if not found:
            return
        yield [_effect(row) for row in found]
        last = found[-1].pk


def _effect(row: ImportEffect) -> Effect:
    return Effect(row.subject_type, row.subject_id, row.before, row.after)


def _refuse(batch: ImportBatch, rejection: Rejection) -> runs.Chunk:
    batch.state, batch.problem = batch.State.APPLIED, problem_of(rejection)
    batch.save()
    return runs.Chunk(failed=1)


runs.register(KIND, undo_all, announce)
