"""The demo site's watch-list."""

from datetime import timedelta

from django.utils.translation import gettext

from core import clock
from core.models import Site, User
from incidents import services

WATCHED = "鲁B9Z135"


def watch_plate(site: Site, actor: User, approver: User) -> None:
    """Add a plate to the watch-list, approved by another person."""
    now = clock.now()
    entry = services.add_watch_entry(
        site,
        actor,
        plate=WATCHED,
        legal_basis="stolen_vehicle",
        document_no="SV-2026-0417",
        requesting_org=gettext("District police station"),
        requesting_officer=gettext("Officer Qian"),
        reason=gettext("reported stolen by its owner"),
        begins_at=now,
        ends_at=now + timedelta(days=60),
    )
    services.approve_watch_entry(entry, approver)
