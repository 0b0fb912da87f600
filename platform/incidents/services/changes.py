"""What all changes of an incident share: its lock, its end, the audit entry, the announcement."""

from typing import Any

from django.utils.translation import gettext as _

from core import audit, clock, jobs, live
from core.errors import Rejection
from core.events import publish
from core.models import User
from incidents import kinds, topics
from incidents.events import IncidentClosed
from incidents.models import Incident


def locked(incident: Incident) -> Incident:
    """Return the incident's row as it is now, locked."""
    rows = Incident.objects.select_for_update(of=("self",))
    return rows.select_related("site", "watch_entry", "rule").get(pk=incident.pk)


def locked_active(incident: Incident) -> Incident:
    """Return the incident's row as it is now, locked.

    Raises:
        Rejection: it has ended.
    """
    incident = locked(incident)
    if not incident.is_active:
        raise Rejection(
            "incident",
            "incident_ended",
            _("this incident has ended"),
            _("no action is needed"),
        )
    return incident


def end(incident: Incident, state: str, *changed: str) -> None:
    """End a locked incident.

    Args:
        changed: the names of other fields that are saved with its end.
    """
    incident.state, incident.ended_at = state, clock.now()
    incident.save(update_fields=["state", "ended_at", *changed])
    announced = incident.announced_at is not None
    publish(IncidentClosed(incident.pk, incident.site_id, announced=announced))
    if Incident.objects.filter(inhibited_by=incident).exists():
        refresh_later(incident.site_id)


def refresh_later(site_id: int) -> None:
    """Queue the job that finds which incidents of a site explain which others."""
    jobs.enqueue(
        "incidents.services.muting.refresh_site",
        site_id,
        key=f"incidents.refresh_site {site_id}",
        queue=jobs.FAST,
    )


def record_change(incident: Incident, actor: User, action: str, **detail: Any) -> None:
    """Audit a change of an incident and announce it to open pages."""
    audit.record(incident.site, actor, action, ("incident", incident.pk), **detail)
    announce(incident)


def announce(incident: Incident) -> None:
    """Announce to open pages that an incident has changed."""
    live.announce(topics.INCIDENT, incident.site_id, incident.pk)
    if kinds.get(incident.kind).of_devices:
        live.announce(topics.DEVICE_INCIDENT, incident.site_id, incident.pk)
