"""Scheduled jobs of people: ends of occupancies are carried out, ended invitations deleted."""

from datetime import date

from core.jobs import at_local_time, every
from core.models import Site
from people import invitations
from people.services import close_ended


@every(minutes=720)
def delete_ended_invitations() -> int:
    """Delete invitations that ended a month ago."""
    return invitations.delete_ended()


@at_local_time("00:01")
def close_occupancies(site_id: int, day: str) -> int:
    """Carry out the ends of occupancies that have come at a site; return how many."""
    return close_ended(Site.objects.get(pk=site_id), date.fromisoformat(day))
