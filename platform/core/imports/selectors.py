"""Read imports: past ones, their errors, and the rows that are to be confirmed."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from core.imports.kinds import Outcome
from core.models import ImportBatch, ImportRow, Site

PREVIEWED = 20
SHOWN_ERRORS = 500


def batches(site: Site) -> QuerySet[ImportBatch]:
    """Return the site's imports."""
    return ImportBatch.objects.filter(site=site).select_related("by")


def preview(batch: ImportBatch) -> list[ImportRow]:
    """Return the first rows that change something."""
    rows = batch.rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED])
    return list(rows.order_by("number")[:PREVIEWED])


def rejected_rows(batch: ImportBatch) -> QuerySet[ImportRow]:
    """Return the rows with errors, in the order of the list."""
    return batch.rows.filter(outcome=Outcome.REJECTED).order_by("number")


def errors(batch: ImportBatch) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each error with the number of its row."""
    for row in rejected_rows(batch).iterator():
        for problem in row.problems:
            yield row.number, problem
