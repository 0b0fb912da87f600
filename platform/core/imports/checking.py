"""Check a list in chunks: parse its cells, compare its rows with the site, and stage them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import clock, live, runs
from core.copying import copy_rows, new_row
from core.errors import Rejection
from core.imports.kinds import ImportKind, Outcome, Staged, Verdict, dump, kind_of, load, of_column
from core.models import ImportBatch, ImportFile, ImportRow, Run
from core.tables import Column, DateOrder, Row, match_columns, open_table
from core.tables.reading import estimate_rows
from core.topics import IMPORT

KIND = "core.import.check"
CHUNK = 500
#: A list with more errors is not a list with errors, but another list.
MOST_REJECTED = 5_000


@dataclass
class _Reader:
    """A list that is being read; the process keeps it open between chunks."""

    run: int
    position: int
    columns: list[Column | None]
    rows: Iterator[Row]


_reader: _Reader | None = None


def check_next(run: Run) -> runs.Chunk:
    """Check and stage the next rows of a run's list."""
    batch = ImportBatch.objects.select_for_update().get(pk=run.parameters["batch"])
    with in_its_words(batch):
        try:
            return _check_chunk(run, batch)
        except Rejection as rejection:
            return _reject(batch, rejection)


@contextmanager
def in_its_words(batch: ImportBatch) -> Iterator[None]:
    """Use the language of the batch, and the time zone of its site."""
    with translation.override(batch.language), timezone.override(batch.site.timezone):
        yield


def announce(run: Run) -> None:
    """Announce that a batch has made progress."""
    live.announce(IMPORT, run.site_id, run.parameters.get("batch"))


def problem_of(rejection: Rejection, cell: Any = "") -> dict[str, Any]:
    """Return a rejection as plain JSON, with the text of the cell."""
    return {
        "column": rejection.field,
        "code": rejection.code,
        "message": str(rejection.message),
        "hint": str(rejection.hint),
        "value": str(cell if cell is not None else "")[:80],
    }


def _check_chunk(run: Run, batch: ImportBatch) -> runs.Chunk:
    global _reader
    kind = kind_of(batch.kind)
    position = run.cursor or 0
    if _reader is None or (_reader.run, _reader.position) != (run.pk, position):
        _reader = _open(run, batch, kind, position)
    reader = _reader
    rows = list(islice(reader.rows, CHUNK))
    staged = _stage(batch, kind, reader.columns, rows)
    rejected = sum(row.outcome == Outcome.REJECTED for row in staged)
    _count(batch, staged)
    reader.position += len(rows)
    finished = len(rows) < CHUNK or batch.rejected > MOST_REJECTED
    if finished:
        _reader = None
        _finish(run, batch)
    batch.save()
    return runs.Chunk(
        done=len(rows) - rejected,
        failed=rejected,
        cursor=None if finished else reader.position,
    )


def _open(run: Run, batch: ImportBatch, kind: ImportKind, position: int) -> _Reader:
    file = BytesIO(ImportFile.objects.get(batch=batch).data)
    if not position:
        run.total = estimate_rows(file)
    rows = open_table(file)
    columns = match_columns(next(rows).cells, kind.columns)
    for _row in islice(rows, position):
        pass
    return _Reader(run.pk, position, columns, rows)


def _stage(
    batch: ImportBatch, kind: ImportKind, columns: Sequence[Column | None], rows: Sequence[Row]
) -> list[ImportRow]:
    parsed = [_parse(batch, kind, columns, row) for row in rows]
    _reject_repeated(batch, kind, parsed)
    valid = [row for row in parsed if not row.problems]
    staged = [Staged(row.number, load(kind, row.values)) for row in valid]
    verdicts = kind.check(batch.site, staged, _earlier(batch, kind, valid)) if staged else []
    for row, verdict in zip(valid, verdicts, strict=True):
        _apply_verdict(kind, row, verdict)
    return copy_rows(parsed)


def _parse(
    batch: ImportBatch, kind: ImportKind, columns: Sequence[Column | None], row: Row
) -> ImportRow:
    """Parse the cells of a row, each for itself, so that all its errors are found."""
    values: dict[str, Any] = {}
    cells: dict[str, str] = {}
    problems = []
    order = DateOrder(batch.date_order)
    for index, column in enumerate(columns):
        cell = row.cells[index] if index < len(row.cells) else ""
        if column is None:
            if cell:
                problems.append(problem_of(_untitled(kind), cell))
            continue
        cells[column.code] = str(cell)
        try:
            values[column.code] = column.read(cell, order)
        except Rejection as rejection:
            problems.append(problem_of(rejection, cell))
    if any(row.cells[len(columns) :]):
        problems.append(problem_of(_untitled(kind), row.cells[-1]))
    if not problems:
        try:
            kind.normalise(batch.site, values)
        except Rejection as rejection:
            found = of_column(rejection, kind)
            problems.append(problem_of(found, cells.get(found.field)))
    return _row(batch, kind, row.number, values, cells, problems)


def _row(
    batch: ImportBatch,
    kind: ImportKind,
    number: int,
    values: dict[str, Any],
    cells: dict[str, str],
    problems: list[dict[str, Any]],
) -> ImportRow:
    if problems:
        return new_row(
            ImportRow,
            {"batch": batch},
            number=number,
            values=cells,
            outcome=Outcome.REJECTED,
            problems=problems,
        )
    return new_row(
        ImportRow,
        {"batch": batch},
        number=number,
        values=dump(kind, values),
        key=kind.key(values)[:300],
        other_key=kind.other_key(values)[:300],
        group=kind.group(values)[:120],
        outcome=Outcome.NEW,
    )


def _untitled(kind: ImportKind) -> Rejection:
    return Rejection(
        kind.columns[0].code,
        "too_many_cells",
        _("has a cell in a column without a title"),
        _("give the column a title, or delete it"),
    )


def _reject_repeated(batch: ImportBatch, kind: ImportKind, rows: Sequence[ImportRow]) -> None:
    """Reject rows whose keys stand in a row above."""
    for name in ("key", "other_key"):
        wanted = {getattr(row, name) for row in rows} - {""}
        staged = ImportRow.objects.filter(batch=batch, **{f"{name}__in": wanted})
        first: dict[str, int] = dict(staged.order_by("-number").values_list(name, "number"))
        for row in rows:
            key = getattr(row, name)
            if not key or row.number == first.setdefault(key, row.number):
                continue
            column = _column_of(kind, name)
            rejection = Rejection(
                column.code,
                "duplicate",
                _("is in row %(row)s already") % {"row": first[key]},
                _("delete one of the two rows"),
            )
            row.outcome = Outcome.REJECTED
            row.problems.append(problem_of(rejection, row.values.get(column.code)))


def _column_of(kind: ImportKind, name: str) -> Column:
    code = {"key": kind.key_column, "other_key": kind.other_key_column}[name]
    return next((each for each in kind.columns if each.code == code), kind.columns[0])


def _earlier(batch: ImportBatch, kind: ImportKind, rows: Sequence[ImportRow]) -> list[Staged]:
    groups = {row.group for row in rows} - {""}
    if not groups:
        return []
    found = ImportRow.objects.filter(batch=batch, group__in=groups)
    found = found.exclude(outcome=Outcome.REJECTED).order_by("number")
    return [Staged(row.number, load(kind, row.values)) for row in found]


def _apply_verdict(kind: ImportKind, row: ImportRow, verdict: Verdict) -> None:
    row.outcome = verdict.outcome
    for rejection in verdict.problems:
        found = of_column(rejection, kind)
        row.problems.append(problem_of(found, row.values.get(found.field)))
    columns = {column.code: column for column in kind.columns}
    row.changes = {
        name: [columns[name].dump(before), columns[name].dump(after)]
        for name, (before, after) in verdict.changes.items()
    }


def _count(batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    for row in rows:
        name = "created" if row.outcome == Outcome.NEW else str(row.outcome)
        setattr(batch, name, getattr(batch, name) + 1)


def _finish(run: Run, batch: ImportBatch) -> None:
    run.total = batch.total
    if not batch.total:
        raise Rejection("file", "empty", _("has titles and no rows"), _("enter one thing per row"))
    batch.state = batch.State.REJECTED if batch.rejected else batch.State.CHECKED
    if batch.rejected > MOST_REJECTED:
        batch.problem = problem_of(
            Rejection(
                "file",
                "too_many_errors",
                _("has more than %(most)s rows with errors; the rest was not checked")
                % {"most": MOST_REJECTED},
                _("correct what these have in common, and upload it again"),
            )
        )
    ImportFile.objects.filter(batch=batch).delete()


def _reject(batch: ImportBatch, rejection: Rejection) -> runs.Chunk:
    """End a batch whose file is no list of its kind."""
    global _reader
    _reader = None
    batch.state, batch.problem = batch.State.REJECTED, problem_of(rejection)
    batch.ended_at = clock.now()
    batch.save()
    ImportFile.objects.filter(batch=batch).delete()
    return runs.Chunk()


runs.register(KIND, check_next, announce)
