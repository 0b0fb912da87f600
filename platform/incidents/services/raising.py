"""Raise incidents: count occurrences, find the place, group, and decide whether to notify."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from core import clock
from core.events import publish
from incidents import inhibition, kinds, muting, places, subjects, timeline
from incidents.events import IncidentRaised, IncidentUnmuted
from incidents.models import Incident, IncidentSettings, Occurrence, WatchEntry
from incidents.services.changes import announce, refresh_later
from incidents.services.counting import count_repeated
from incidents.severities import CERTAINTIES, RANK, Severity

RAISED = timeline.declare("raised", gettext_lazy("Raised"))
RAISED_LATE = timeline.declare("raised_late", gettext_lazy("Raised from data that arrived late"))
SEVERITY_ROSE = timeline.declare(
    "severity_rose",
    lambda entry: (
        gettext_lazy("Severity rose to %(severity)s")
        % {"severity": Severity(entry.values["severity"]).label}
    ),
    afterwards=gettext_lazy("Severity rose"),
)
MUTED = timeline.declare(
    "muted",
    lambda entry: (
        gettext_lazy("Nobody was notified: %(reason)s")
        % {"reason": muting.Reason(entry.values["reason"]).label}
    ),
    afterwards=gettext_lazy("Nobody was notified"),
)
CAUSE_IS_BACK = timeline.declare("cause_is_back", gettext_lazy("The cause is back"))
UNMUTED = timeline.declare("unmuted", gettext_lazy("People were notified"))
# Another process may merge, or end, the incident between two statements.
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class _Found:
    """The incident under which an occurrence counts, locked.

    Attributes:
        is_new: it was raised for this occurrence.
        merged: the incident of the same source that was merged into it.
    """

    incident: Incident
    is_new: bool = False
    merged: Incident | None = None


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

    An occurrence of one that was merged counts under the survivor while that is active. Severity
    and certainty can rise, but not fall.

    Args:
        kind: the code of a registered kind (`incidents.kinds`).
        rule_id: the alarm rule that raises it.
        late: its cause is over already, and was found in data that arrived late.
        certainty: of this occurrence; None: its kind's.
        exercise: it is part of an exercise (`incidents.exercises`).

    Returns:
        The incident under which it counts.

    Raises:
        LookupError: the kind is not registered.
    """
    if not kinds.is_registered(kind):
        raise LookupError(f"no room registers the kind {kind} of incidents")
    new = Incident(
        site_id=site_id, kind=kind, source=source, severity=severity,
        certainty=certainty or kinds.get(kind).certainty, first_at=at, last_at=at, occurrences=0,
        watch_entry=watch_entry, rule_id=rule_id, exercise=exercise,
        late=late, cleared=late, source_cleared=late,
    )  # fmt: skip
    repeated = count_repeated(new, detail)
    if repeated is None:
        return _raise(new, detail)
    announce(repeated)
    publish(_event_of(repeated, muted=not _announced(repeated)))
    return repeated


def _raise(new: Incident, detail: dict[str, Any]) -> Incident:
    found = _insert_or_find(new)
    incident = found.incident
    rose = not found.is_new and RANK.index(new.severity) > RANK.index(incident.severity)
    was_late, was_cleared = incident.late, incident.cleared
    _count(found, new)
    Occurrence.objects.create(incident=incident, at=new.first_at, detail=detail)
    came_back = not found.is_new and was_cleared and not incident.cleared
    if came_back:
        timeline.record(incident, CAUSE_IS_BACK)
    decides = found.is_new or rose or came_back or was_late
    muted = _decide(found, detail, rose) if decides else not _announced(incident)
    announce(incident)
    publish(
        _event_of(
            incident,
            is_new=found.is_new,
            severity_rose=rose,
            late=new.late,
            muted=muted,
            came_back=came_back and not was_late,
        )
    )
    if was_late and not (found.is_new or rose or muted):
        timeline.record(incident, UNMUTED)
        publish(IncidentUnmuted(incident.pk, new.site_id))
    return incident


def _event_of(
    incident: Incident,
    *,
    muted: bool,
    is_new: bool = False,
    severity_rose: bool = False,
    late: bool = False,
    came_back: bool = False,
) -> IncidentRaised:
    """Return the event of an occurrence; without more, one that is counted alone."""
    return IncidentRaised(
        incident.pk,
        incident.site_id,
        is_new,
        severity_rose,
        late,
        muted,
        came_back=came_back,
        occurrences=incident.occurrences,
    )


def _decide(found: _Found, detail: dict[str, Any], rose: bool) -> bool:
    """Place a new incident, and store whether people are notified; return whether it is muted."""
    incident = found.incident
    settings = muting.settings_of(incident.site_id)
    if found.is_new:
        _place(incident, detail, settings)
        timeline.record(incident, RAISED_LATE if incident.late else RAISED)
    elif rose:
        timeline.record(incident, SEVERITY_ROSE, severity=incident.severity)
    return _decide_notice(incident, found.is_new, settings)


def _insert_or_find(new: Incident) -> _Found:
    """Insert the incident, or lock the active one under which its occurrence counts."""
    for _attempt in range(_ATTEMPTS):
        Incident.objects.bulk_create([new], ignore_conflicts=True)
        incident = _active(new.site_id, new.kind, new.source).first()
        if incident is None:  # the active one ended between the two statements
            continue
        if incident.occurrences > 0:
            return _Found(incident)
        merged = _merged(new)
        if merged is None:
            return _Found(incident, is_new=True)
        # The lock waits for a merge of the survivor; after it, there is another one, or none.
        active = Incident.objects.select_for_update().exclude(state__in=Incident.ENDED)
        survivor = active.filter(merged=merged.pk).first()
        if survivor is None and _merged(new) is None:
            return _Found(incident, is_new=True)
        incident.delete()
        if survivor is not None:
            return _Found(survivor, merged=merged)
    raise RuntimeError(f"{new} ended {_ATTEMPTS} times while it was raised")


def _merged(new: Incident) -> Incident | None:
    """Return the incident of the same source that was merged into one that is still active."""
    rows = Incident.objects.filter(site=new.site_id, kind=new.kind, source=new.source)
    merged = rows.filter(merged_into__isnull=False).exclude(merged_into__state__in=Incident.ENDED)
    return merged.order_by("-pk").first()


def _active(site_id: int, kind: str, source: str) -> QuerySet[Incident]:
    """Return the active incident of that kind and source, to be locked: at most one."""
    return (
        Incident.objects.select_for_update()
        .exclude(state__in=Incident.ENDED)
        .filter(site=site_id, kind=kind, source=source)
    )


def _count(found: _Found, new: Incident) -> None:
    """Count an occurrence; what is late leaves an incident that has cleared as it is."""
    incident, late = found.incident, new.late
    incident.occurrences += 1
    incident.last_at = max(incident.last_at, new.last_at)
    incident.severity = max(incident.severity, new.severity, key=RANK.index)
    incident.certainty = max(incident.certainty, new.certainty, key=CERTAINTIES.index)
    incident.cleared = incident.cleared and late
    incident.late = incident.late and late
    if found.merged is not None:
        merged = Incident.objects.filter(pk=found.merged.pk)
        last_at = max(found.merged.last_at, new.last_at)
        merged.update(source_cleared=found.merged.source_cleared and late, last_at=last_at)
    else:
        incident.source_cleared = incident.source_cleared and late
    counted = ["occurrences", "last_at", "severity", "certainty"]
    incident.save(update_fields=[*counted, "cleared", "late", "source_cleared"])


def _place(incident: Incident, detail: dict[str, Any], settings: IncidentSettings) -> None:
    """Store where a new incident is, and which others it belongs with."""
    places.locate(incident, detail)
    incident.keys = subjects.keys_of(incident, detail)
    incident.place_key = subjects.place_key(incident.keys)
    incident.group_key = _group_of(incident, settings)
    incident.save(update_fields=["place_key", "keys", "group_key"])


def _group_of(incident: Incident, settings: IncidentSettings) -> str:
    """Return the group of the place's latest incident within the window, else a new one.

    Two incidents that are raised at the same moment do not see each other, and get two groups.
    """
    own = f"incident:{incident.pk}"
    if not incident.place_key or not settings.group_minutes:
        return own
    window = timedelta(minutes=settings.group_minutes)
    near = Incident.objects.filter(
        site=incident.site_id,
        place_key=incident.place_key,
        exercise=incident.exercise,
        first_at__gt=incident.first_at - window,
        first_at__lt=incident.first_at + window,
    ).exclude(state__in=Incident.ENDED)
    found = near.exclude(pk=incident.pk).order_by("-first_at", "-pk").first()
    return found.group_key or own if found else own


def _announced(incident: Incident) -> bool:
    return incident.announced_at is not None


def _decide_notice(incident: Incident, is_new: bool, settings: IncidentSettings) -> bool:
    """Store whether people are notified, and why not; return whether it is muted."""
    reason, inhibitor = muting.mute_of(incident, settings)
    if not _announced(incident):
        incident.mute, incident.announced_at = reason, None if reason else clock.now()
    incident.inhibited_by = inhibitor
    incident.save(update_fields=["announced_at", "mute", "inhibited_by"])
    if reason and is_new:
        timeline.record(incident, MUTED, reason=reason)
    if is_new and inhibition.explains(incident.kind, settings):
        refresh_later(incident.site_id)
    return bool(reason)
