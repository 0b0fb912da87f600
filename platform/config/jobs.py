"""A scheduled job of the whole product: its health report."""

from core import health
from core.jobs import every


@every(minutes=1)
def report_health() -> None:
    """Run all checks and store which failed."""
    health.record_report(health.run_checks())
