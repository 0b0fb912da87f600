"""Scheduled jobs of fees: late fees, and reminders of unpaid bills."""

from datetime import date

from core.jobs import at_local_time, every, report_progress
from core.models import Site
from fees.late_fee_corrections import lower_late_fees
from fees.late_fees import post_late_fees
from fees.reminders import send_reminders


@at_local_time("02:20")
def post_late_fees_of_day(site_id: int, day: str) -> int:
    """Post the late fees that have accrued at a site; return how many.

    Those of fees that were credited since are lowered.
    """
    site = Site.objects.get(pk=site_id)
    lower_late_fees(site)
    return post_late_fees(site, date.fromisoformat(day))


@every(minutes=30)
def send_due_reminders() -> int:
    """Remind of the bills of all sites that have steps; return how many."""
    sent = 0
    for site in Site.objects.filter(reminder_steps__isnull=False).distinct():
        sent += send_reminders(site)
        report_progress()
    return sent
