"""Jobs of what both webs share."""

from core import rate_limits, undo
from core.jobs import every


@every(minutes=720)
def delete_old_attempts() -> None:
    """Delete the counts of attempts, such as failed sign-ins, whose windows have ended."""
    rate_limits.delete_old_counts()


@every(minutes=60)
def delete_old_changes() -> None:
    """Delete the bulk changes that can no longer be undone."""
    undo.delete_old_changes()
