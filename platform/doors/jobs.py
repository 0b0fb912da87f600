"""Scheduled jobs of doors: cards end after their last day."""

from datetime import date

from core.jobs import at_local_time
from core.models import Site
from doors.services import end_past_cards


@at_local_time("00:02")
def end_cards(site_id: int, day: str) -> int:
    """End the cards of a site whose last day has passed; return how many."""
    return end_past_cards(Site.objects.get(pk=site_id), date.fromisoformat(day))
