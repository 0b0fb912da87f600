"""Scheduled jobs of people: ends of occupancies are carried out, what is over is deleted."""

from datetime import date

from core.jobs import at_local_time, every
from core.models import Site
from people import exports, hold_reminders, invitations, retention
from people.accounts import codes
from people.accounts import invitations as resident_invitations
from people.services import close_ended


@every(minutes=720)
def delete_ended_invitations() -> int:
    """Delete invitations that ended a month ago."""
    return invitations.delete_ended() + resident_invitations.delete_ended()


@every(minutes=720)
def delete_old_consents() -> int:
    """Delete the statements of consent past their retention period; return how many."""
    return retention.delete_old_statements()


@every(minutes=60)
def delete_old_accesses() -> int:
    """Delete sign-in codes of the day before and exports of the week before."""
    return codes.delete_old() + exports.delete_old()


@every(minutes=60)
def remind_of_holds() -> int:
    """Notify of legal holds whose review is due; return how many."""
    return hold_reminders.remind_of_holds()


@at_local_time("00:01")
def close_occupancies(site_id: int, day: str) -> int:
    """Carry out the ends of occupancies that have come at a site; return how many."""
    return close_ended(Site.objects.get(pk=site_id), date.fromisoformat(day))
