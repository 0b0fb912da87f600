"""Scheduled jobs of the whole product: health report, retention of the audit log, stray files."""

from core import health, orphaned_files
from core.jobs import every
from core.retention import audit_log


@every(minutes=1)
def report_health() -> None:
    """Run all checks and store which failed."""
    health.record_report(health.run_checks())


@every(minutes=720)
def delete_old_audit_entries() -> int:
    """Delete the audit entries past their retention period; return how many."""
    return audit_log.delete_old()


@every(minutes=720)
def delete_orphaned_files() -> int:
    """Delete files that no row has named for a day; return how many."""
    return orphaned_files.delete_orphans()
