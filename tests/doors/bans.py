"""Bans of visitors to test with."""

from datetime import timedelta

from core import clock
from doors.visits import bans
from tests.gate import staff


def ban_of(site, **named):
    """A ban in force of whom the names, the phone or the plate say."""
    ends_at = clock.now() + timedelta(hours=3)
    added = bans.add_ban(
        site, staff(), basis="site_ban", reason="Has threatened staff", ends_at=ends_at, **named
    )
    return bans.approve_ban(added, staff("approver"))
