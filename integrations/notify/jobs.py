"""Scheduled jobs of notifications: what is due with time, and retention."""

from core.jobs import every
from core.notifications import retention, timers


@every(minutes=1)
def send_due_notifications() -> int:
    """Send summaries, and what was held during quiet hours; return how many messages."""
    return timers.send_due()


@every(minutes=720)
def delete_old_notifications() -> int:
    """Delete the notifications past their retention period; return how many."""
    return retention.delete_old()
