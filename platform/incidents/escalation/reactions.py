"""What an escalation does when its incident is raised, looked after, or over."""

from core.notifications import resolve
from incidents.escalation import running
from incidents.escalation.notices import group_of, params_of, title_of
from incidents.events import (
    IncidentAcknowledged,
    IncidentCleared,
    IncidentClosed,
    IncidentMerged,
    IncidentRaised,
    IncidentReviewed,
    IncidentUnmuted,
)
from incidents.models import EscalationRun, Incident

End = EscalationRun.End


def escalate(event: IncidentRaised) -> None:
    """Begin to escalate a new incident, and anew one whose severity has risen."""
    if event.late or event.muted or not (event.is_new or event.severity_rose):
        return
    incident = Incident.objects.select_related("site", "rule").get(pk=event.incident_id)
    if event.severity_rose:
        running.begin_again(incident)
    else:
        running.begin(incident)


def escalate_unmuted(event: IncidentUnmuted) -> None:
    """Begin to escalate an incident that was muted."""
    rows = Incident.objects.select_related("site", "rule")
    running.begin(rows.get(pk=event.incident_id))


def stop_acknowledged(event: IncidentAcknowledged) -> None:
    """End the escalation: a person looks after the incident."""
    running.end(event.incident_id, End.ACKNOWLEDGED)


def stop_reviewed(event: IncidentReviewed) -> None:
    """End the escalation: a person has reviewed the incident."""
    running.end(event.incident_id, End.REVIEWED)


def stop_merged(event: IncidentMerged) -> None:
    """End the escalation of the incident that was merged; the other one goes on."""
    running.end(event.merged_id, End.MERGED)


def stop_closed(event: IncidentClosed) -> None:
    """End the escalation, and notify whoever was notified."""
    running.end(event.incident_id, End.CLOSED)
    if event.announced:
        _resolve(event.incident_id)


def announce_resolution(event: IncidentCleared) -> None:
    """Notify whoever was notified that the cause is gone; its escalation goes on."""
    if event.announced:
        _resolve(event.incident_id)


def _resolve(incident_id: int) -> None:
    incident = Incident.objects.select_related("site", "rule").get(pk=incident_id)
    resolve(group_of(incident_id), title=title_of(incident, "resolved"), params=params_of(incident))
