"""Raise incidents and clear their causes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from core import clock
from core.events import publish
from incidents import kinds, places, timeline
from incidents.events import IncidentCleared, IncidentClosed, IncidentRaised
from incidents.models import Incident, Occurrence, WatchEntry
from incidents.services.changes import announce
from incidents.severities import CERTAINTIES, RANK, Severity

RAISED = timeline.declare("raised", gettext_lazy("Raised"))
RAISED_LATE = timeline.declare("raised_late", gettext_lazy("Raised from data that arrived late"))
SEVERITY_ROSE = timeline.declare(
    "severity_rose",
    lambda values: (
        gettext_lazy("Severity rose to %(severity)s")
        % {"severity": Severity(values["severity"]).label}
    ),
)
CAUSE_CLEARED = timeline.declare("cause_cleared", gettext_lazy("The cause is gone"))
CLOSED_ITSELF = timeline.declare("closed_itself", gettext_lazy("Closed by itself"))


@transaction.atomic
def raise_incident(
    site_id: int,
    kind: str,
    source: str,
    severity: str,
    at: datetime,
    detail: dict[str, Any],
    watch_entry: WatchEntry | None = None,
    *,
    rule_id: int | None = None,
    late: bool = False,
    certainty: str | None = None,
    exercise: bool = False,
) -> Incident:
    """Raise an incident, or add an occurrence to the active one of the same kind and source.

    The database allows one active incident for each kind and source, so two processes that raise
    the same incident at once get the same row. The severity can rise, but not fall.

    Args:
        kind: the code of a registered kind (`incidents.kinds`).
        rule_id: the alarm rule that raises it.
        late: its cause is over already, and was found in data that arrived late.
        certainty: of this occurrence; None: its kind's. The incident's can rise, but not fall.
        exercise: it is part of an exercise (`incidents.exercises`).

    Raises:
        LookupError: the kind is not registered.
    """
    if not kinds.is_registered(kind):
        raise LookupError(f"no room registers the kind {kind} of incidents")
    certainty = certainty or kinds.get(kind).certainty
    new = Incident(
        site_id=site_id,
        kind=kind,
        source=source,
        severity=severity,
        certainty=certainty,
        first_at=at,
        last_at=at,
        occurrences=0,
        watch_entry=watch_entry,
        rule_id=rule_id,
        late=late,
        cleared=late,
        exercise=exercise,
    )
    incident = None
    while incident is None:  # again, if the active one ends between the two statements
        Incident.objects.bulk_create([new], ignore_conflicts=True)
        incident = _active(site_id, kind, source).first()
    is_new, severity_rose = incident.occurrences == 0, _rises(incident.severity, severity)
    _count(incident, at, severity, late, certainty)
    Occurrence.objects.create(incident=incident, at=at, detail=detail)
    if is_new:
        places.locate(incident, detail)
        timeline.record(incident, RAISED_LATE if late else RAISED)
    elif severity_rose:
        timeline.record(incident, SEVERITY_ROSE, severity=severity)
    announce(incident)
    publish(
        IncidentRaised(
            incident_id=incident.pk,
            site_id=site_id,
            is_new=is_new,
            severity_rose=severity_rose,
            late=late,
            muted=False,
        )
    )
    return incident


def _rises(before: str, after: str) -> bool:
    return RANK.index(after) > RANK.index(before)


def _count(incident: Incident, at: datetime, severity: str, late: bool, certainty: str) -> None:
    """Count an occurrence; what is late leaves an incident that has cleared as it is."""
    incident.occurrences += 1
    incident.last_at = max(incident.last_at, at)
    incident.severity = max(incident.severity, severity, key=RANK.index)
    incident.certainty = max(incident.certainty, certainty, key=CERTAINTIES.index)
    incident.cleared = incident.cleared and late
    incident.save(update_fields=["occurrences", "last_at", "severity", "certainty", "cleared"])


def clear(site_id: int, kind: str, source: str) -> None:
    """Mark an incident's cause as gone; an incident that needs no review is closed."""
    clear_all(kind, [(site_id, source)])


@transaction.atomic(savepoint=False)
def clear_all(kind: str, causes: Collection[tuple[int, str]]) -> None:
    """Do as `clear` for the causes of several incidents, by site and source."""
    wanted = set(causes)
    sites, sources = {each[0] for each in wanted}, {each[1] for each in wanted}
    active = Incident.objects.select_for_update(of=("self",)).exclude(state__in=Incident.ENDED)
    active = active.select_related("rule").order_by("pk")
    found = active.filter(site__in=sites, kind=kind, source__in=sources) if wanted else ()
    for incident in found:
        if (incident.site_id, incident.source) in wanted:
            _clear(incident)


def _clear(incident: Incident) -> None:
    newly = not incident.cleared
    incident.cleared = True
    if incident.closes_itself:
        incident.state, incident.ended_at = Incident.State.CLOSED, clock.now()
    incident.save(update_fields=["cleared", "state", "ended_at"])
    if newly:
        timeline.record(incident, CAUSE_CLEARED)
        publish(IncidentCleared(incident.pk, incident.site_id, announced=True))
    if incident.closes_itself:
        timeline.record(incident, CLOSED_ITSELF)
        publish(IncidentClosed(incident.pk, incident.site_id, announced=True))
    announce(incident)


def _active(site_id: int, kind: str, source: str) -> QuerySet[Incident]:
    """Return the active incident of that kind and source, to be locked: at most one."""
    return (
        Incident.objects.select_for_update()
        .exclude(state__in=Incident.ENDED)
        .filter(site=site_id, kind=kind, source=source)
    )
