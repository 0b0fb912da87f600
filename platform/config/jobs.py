"""Scheduled jobs of the whole product: its health report, and stray files."""

from core import health, orphaned_files
from core.jobs import every


@every(minutes=1)
def report_health() -> None:
    """Run all checks and store which failed."""
    health.record_report(health.run_checks())


@every(minutes=720)
def delete_orphaned_files() -> int:
    """Delete files that no row has named for a day; return how many."""
    return orphaned_files.delete_orphans()
