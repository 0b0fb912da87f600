"""Apply a checked list: all its rows in one transaction, or none of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core import audit, clock, jobs, runs
from core.copying import copy_values
from core.errors import Rejection
from core.imports.checking import announce, in_its_words, problem_of
from core.imports.kinds import (
    Effect,
    ImportKind,
    Outcome,
    Staged,
    Verdict,
    kind_of,
    load,
    of_column,
)
from core.models import ImportBatch, ImportEffect, ImportRow, Run

KIND = "core.import.apply"
CHUNK = 500
_EFFECT = ("batch_id", "subject_type", "subject_id", "before", "after")


class _RowsRejectedError(Exception):
    """Rows are rejected that were valid when the list was checked."""

    def __init__(self, rows: Sequence[ImportRow]) -> None:
        super().__init__()
        self.rows = rows


def apply_all(run: Run) -> runs.Chunk:
    """Apply all rows of a batch; a killed run begins again, since nothing was committed.

    The site's data may have changed since the list was checked, so each row is checked again.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=run.parameters["batch"])
    with in_its_words(batch):
        try:
            with transaction.atomic():
                counts = _apply(batch, kind_of(batch.kind))
                _check_constraints()
        except _RowsRejectedError as error:
            return _reject(batch, error.rows)
        except (IntegrityError, Rejection):
            # What a row means was taken by somebody else after it was checked.
            return _reject(batch, [])
    _finish(batch, counts)
    return runs.Chunk(done=batch.total)


def staged_rows(batch: ImportBatch) -> Iterator[list[ImportRow]]:
    """Yield the rows of a batch in chunks, in the order of the list."""
    last = 0
    while rows := list(batch.rows.filter(number__gt=last).order_by("number")[:CHUNK]):
        yield rows
        last = rows[-1].number


def _apply(batch: ImportBatch, kind: ImportKind) -> dict[Outcome, int]:
    counts = dict.fromkeys(Outcome, 0)
    for rows in staged_rows(batch):
        staged = [Staged(row.number, load(kind, row.values)) for row in rows]
        verdicts = kind.check(batch.site, staged, ())
        for row, verdict in zip(rows, verdicts, strict=True):
            row.problems = [
                problem_of(of_column(each, kind), row.values.get(each.field))
                for each in verdict.problems
            ]
            counts[verdict.outcome] += 1
        if counts[Outcome.REJECTED]:
            raise _RowsRejectedError([row for row in rows if row.problems])
        _write(batch, kind, list(zip(staged, verdicts, strict=True)))
        jobs.report_progress()
    return counts


def _write(batch: ImportBatch, kind: ImportKind, rows: Sequence[tuple[Staged, Verdict]]) -> None:
    wanted = [row for row in rows if row[1].outcome != Outcome.UNCHANGED]
    if not wanted:
        return
    effects = kind.apply(batch.site, batch.by, wanted)
    copy_values(ImportEffect, _EFFECT, (_values_of(batch, effect) for effect in effects))


def _values_of(batch: ImportBatch, effect: Effect) -> tuple[Any, ...]:
    """Return the values of an effect's row, in the order of `_EFFECT`."""
    before, after = dict(effect.before), dict(effect.after)
    return batch.pk, effect.subject_type, effect.subject_id, before, after


def _check_constraints() -> None:
    """Check deferred constraints now, so that the rows are rejected and not the job."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _reject(batch: ImportBatch, rows: Sequence[ImportRow]) -> runs.Chunk:
    for row in rows:
        row.outcome = Outcome.REJECTED
    ImportRow.objects.bulk_update(rows, ["outcome", "problems"])
    counts = dict.fromkeys(Outcome, 0)
    for outcome in batch.rows.values_list("outcome", flat=True).iterator():
        counts[Outcome(outcome)] += 1
    _set_counts(batch, counts)
    batch.state = batch.State.REJECTED
    batch.problem = problem_of(
        Rejection(
            "file",
            "changed_meanwhile",
            _("the site's data have changed since the list was checked; nothing was imported"),
            _("upload the list again"),
        )
    )
    batch.save()
    return runs.Chunk(failed=max(len(rows), 1))


def _finish(batch: ImportBatch, counts: dict[Outcome, int]) -> None:
    _set_counts(batch, counts)
    batch.state, batch.applied_at = batch.State.APPLIED, clock.now()
    batch.save()
    # They have served their purpose; what is personal in them stays only where it was imported.
    batch.rows.all().delete()
    detail: dict[str, Any] = {
        "list": batch.kind,
        "file": batch.file_name,
        "created": batch.created,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
    }
    audit.record(batch.site, batch.by, "import list", ("import_batch", batch.pk), **detail)


def _set_counts(batch: ImportBatch, counts: dict[Outcome, int]) -> None:
    batch.created = counts[Outcome.NEW]
    batch.changed = counts[Outcome.CHANGED]
    batch.unchanged = counts[Outcome.UNCHANGED]
    batch.rejected = counts[Outcome.REJECTED]


runs.register(KIND, apply_all, announce)
