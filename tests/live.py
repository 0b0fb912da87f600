"""What a test has announced to open pages, in the transaction that the test runs in."""

from django.db import connection

from core import live


def announcements() -> list[tuple[str, int, int | None]]:
    """Return (topic, site, row) of all that waits for the commit; the row is None for a topic."""
    found: list[tuple[str, int, int | None]] = []
    for _, hook, _ in connection.run_on_commit:
        batch = getattr(hook, "__self__", None)
        if isinstance(batch, live.Batch):
            for (site_id, topic), changes in batch.changes:
                found += [(topic, site_id, row_id) for row_id in sorted(changes.ids) or [None]]
    return found
