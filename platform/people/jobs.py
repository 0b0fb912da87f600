"""A scheduled job of people: ended invitations are deleted."""

from core.jobs import every
from people import invitations


@every(minutes=720)
def delete_ended_invitations() -> int:
    """Delete invitations that ended a month ago."""
    return invitations.delete_ended()
