"""What all changes of an incident share: its lock, its end, the audit entry, the announcement."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from core import audit, clock, jobs, live
from core.errors import Rejection
from core.events import publish_together
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
    require_active(incident)
    return incident


def require_active(incident: Incident) -> None:
    """Require that a locked incident has not ended.

    Raises:
        Rejection: it has.
    """
    if not incident.is_active:
        raise Rejection(
            "incident",
            "incident_ended",
            _("this incident has ended"),
            _("no action is needed"),
        )


def require_confirmed(incident: Incident, message: str) -> None:
    """Require that a person has found a locked incident real, and that it has not ended.

    Raises:
        Rejection: with that message.
    """
    if incident.state not in Incident.CONFIRMED:
        raise Rejection("incident", "not_confirmed", message, _("review it first"))


def end(incident: Incident, state: str, *changed: str) -> None:
    """End a locked incident.

    Args:
        changed: the names of other fields that are saved with its end.
    """
    end_all([incident], state, *changed)
    refresh_hidden([incident])


def end_all(incidents: Sequence[Incident], state: str, *changed: str) -> None:
    """End locked incidents together; the caller refreshes what they hid."""
    if not incidents:
        return
    for each in incidents:
        each.state, each.ended_at = state, clock.now()
    Incident.objects.bulk_update(incidents, ["state", "ended_at", *changed])
    publish_together(
        [
            IncidentClosed(each.pk, each.site_id, announced=each.announced_at is not None)
            for each in incidents
        ]
    )


def refresh_hidden(incidents: Sequence[Incident]) -> None:
    """Queue what finds which incidents are hidden, where some of these hid others."""
    hidden = Incident.objects.filter(inhibited_by__in=[each.pk for each in incidents])
    sites = set(hidden.order_by().values_list("site_id", flat=True)) if incidents else set()
    for site_id in sorted(sites):
        refresh_later(site_id)


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
