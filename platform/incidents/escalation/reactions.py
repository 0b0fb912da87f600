"""What an escalation does when its incident is raised, looked after, or over."""

from collections.abc import Sequence

from core.notifications import open_groups, resolve
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


def stop_closed(events: Sequence[IncidentClosed]) -> None:
    """End the escalations, and notify whoever was notified."""
    running.end_all([event.incident_id for event in events], End.CLOSED)
    _resolve([event.incident_id for event in events if event.announced])


def announce_resolutions(events: Sequence[IncidentCleared]) -> None:
    """Notify whoever was notified that the causes are gone; the escalations go on."""
    _resolve([event.incident_id for event in events if event.announced])


def _resolve(incident_ids: Sequence[int]) -> None:
    notified = open_groups([group_of(pk) for pk in incident_ids])
    found = [pk for pk in incident_ids if group_of(pk) in notified]
    rows = Incident.objects.filter(pk__in=found).select_related("site", "rule").order_by("pk")
    for each in rows if found else ():
        resolve(group_of(each.pk), title=title_of(each, "resolved"), params=params_of(each))
