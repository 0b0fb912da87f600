"""What an escalation does when its incident is raised, looked after, or over."""

from collections.abc import Sequence

from core.models import User
from core.notifications import mark_subject_read, merge_subjects, open_subjects, resolve
from incidents.escalation import running
from incidents.escalation.notices import params_of, subject_of, title_of
from incidents.events import (
    AcknowledgementWithdrawn,
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
    """Begin to escalate a new incident, and anew one whose severity rose or whose cause is back."""
    if event.late or event.muted or not (event.is_new or event.severity_rose or event.came_back):
        return
    incident = _incident(event.incident_id)
    if event.severity_rose:
        running.begin_again(incident)
    elif event.came_back:
        running.notify_again(incident)
    else:
        running.begin(incident)


def escalate_unmuted(event: IncidentUnmuted) -> None:
    """Begin to escalate an incident that was muted."""
    running.begin(_incident(event.incident_id))


def escalate_unacknowledged(event: AcknowledgementWithdrawn) -> None:
    """Begin to escalate an incident of which nobody looks after any more."""
    if event.announced:
        running.begin(_incident(event.incident_id))


def stop_acknowledged(event: IncidentAcknowledged) -> None:
    """End the escalation: a person looks after the incident, and has read of it."""
    running.end(event.incident_id, End.ACKNOWLEDGED)
    actor = User.objects.get(pk=event.actor_id)
    mark_subject_read(actor, subject_of(event.incident_id))


def stop_reviewed(event: IncidentReviewed) -> None:
    """End the escalation: a person has reviewed the incident."""
    running.end(event.incident_id, End.REVIEWED)


def stop_merged(event: IncidentMerged) -> None:
    """End the escalation of the incident that was merged; the other one goes on.

    The other one begins where nobody was notified of it yet, or its severity has risen, and
    whoever was notified of the one that was merged will be notified of the other's end.
    """
    was_running = running.end(event.merged_id, End.MERGED)
    merge_subjects(subject_of(event.merged_id), subject_of(event.survivor_id))
    survivor = _incident(event.survivor_id)
    if event.severity_rose and survivor.announced_at is not None:
        running.begin_again(survivor)
    elif was_running and survivor.acked_by_id is None:
        running.begin(survivor)


def stop_closed(events: Sequence[IncidentClosed]) -> None:
    """End the escalations, and notify whoever was notified; one that was merged goes on."""
    keys = [event.incident_id for event in events]
    merged = Incident.objects.filter(pk__in=keys, merged_into__isnull=False)
    ended = set(keys) - set(merged.values_list("pk", flat=True))
    running.end_all(ended, End.CLOSED)
    _resolve([e.incident_id for e in events if e.announced and e.incident_id in ended])


def announce_resolutions(events: Sequence[IncidentCleared]) -> None:
    """Notify whoever was notified that the causes are gone; the escalations go on."""
    _resolve([event.incident_id for event in events if event.announced])


def _resolve(incident_ids: Sequence[int]) -> None:
    notified = open_subjects([subject_of(pk) for pk in incident_ids])
    found = [pk for pk in incident_ids if subject_of(pk) in notified]
    rows = Incident.objects.filter(pk__in=found).select_related("site", "rule").order_by("pk")
    for each in rows if found else ():
        resolve(subject_of(each.pk), title=title_of(each, "resolved"), params=params_of(each))


def _incident(key: int) -> Incident:
    return Incident.objects.select_related("site", "rule").get(pk=key)
