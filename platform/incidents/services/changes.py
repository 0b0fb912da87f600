"""What all changes of an incident share: its lock, the audit entry, the announcement."""

from typing import Any

from core import audit, live
from core.models import User
from incidents import kinds, topics
from incidents.models import Incident


def locked(incident: Incident) -> Incident:
    """Return the incident's row as it is now, locked."""
    rows = Incident.objects.select_for_update(of=("self",))
    return rows.select_related("site", "watch_entry", "rule").get(pk=incident.pk)


def record_change(incident: Incident, actor: User, action: str, **detail: Any) -> None:
    """Audit a change of an incident and announce it to open pages."""
    audit.record(incident.site, actor, action, ("incident", incident.pk), **detail)
    announce(incident)


def announce(incident: Incident) -> None:
    """Announce to open pages that an incident has changed."""
    live.announce(topics.INCIDENT, incident.site_id, incident.pk)
    if kinds.get(incident.kind).of_devices:
        live.announce(topics.DEVICE_INCIDENT, incident.site_id, incident.pk)
