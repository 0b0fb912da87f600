"""Import lists in tests, as the console does: upload, check, confirm."""

from core import imports
from core.imports import selectors
from core.jobs import run_waiting
from core.models import ImportBatch, Site, User


def checked(site: Site, user: User, kind: str, table: str | bytes, **options) -> ImportBatch:
    """Upload a list and let the jobs check it."""
    data = table if isinstance(table, bytes) else table.encode()
    return finished(imports.upload(site, user, kind, "list.csv", data, **options))


def imported(site: Site, user: User, kind: str, table: str | bytes, **options) -> ImportBatch:
    """Import a list that has no errors."""
    batch = checked(site, user, kind, table, **options)
    assert batch.state == "checked", problems(batch) or batch.problem
    return finished(imports.confirm(batch, user))


def undone(batch: ImportBatch, user: User) -> ImportBatch:
    """Undo a batch."""
    return finished(imports.undo(batch, user))


def finished(batch: ImportBatch) -> ImportBatch:
    """Let the jobs work, and return the batch as it is then."""
    run_waiting()
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    """Return how many rows are new, changed, unchanged and rejected."""
    return batch.created, batch.changed, batch.unchanged, batch.rejected


def problems(batch: ImportBatch) -> list[tuple[int, str, str]]:
    """Return row, column and code of each error."""
    return [(row, each["column"], each["code"]) for row, each in selectors.errors(batch)]
