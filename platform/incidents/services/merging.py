"""Merge incidents: two of one cause go on as one."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import validation
from core.errors import Rejection
from core.events import publish
from core.models import User
from incidents import timeline
from incidents.events import IncidentMerged
from incidents.models import Incident, Occurrence
from incidents.services.changes import announce, end, record_change
from incidents.services.clearing import refresh_cleared
from incidents.services.handling import store_owner
from incidents.services.reviewing import require_other_than_creator, was_dispatched
from incidents.severities import RANK

MERGED_INTO = timeline.declare(
    "merged_into",
    gettext_lazy("Merged into incident %(number)s"),
    afterwards=gettext_lazy("Merged into another incident"),
)
MERGED = timeline.declare(
    "merged",
    gettext_lazy("Incident %(number)s was merged into this one"),
    afterwards=gettext_lazy("Another incident was merged into this one"),
)


@transaction.atomic
def merge(incident: Incident, survivor: Incident, actor: User, reason: str) -> Incident:
    """Merge an active incident into another of the site, and return the other.

    Its occurrences count under the survivor, and so do later ones of its source while the survivor
    is active. The survivor takes the more severe severity; its cause is gone once all causes are.
    If no one looks after it, it is assigned to the other one's owner. Where both were dispatched,
    subscribers of `IncidentMerged` correct what authorities received.

    Raises:
        Rejection: no reason is given, one has ended, both are the same or of different sites,
            authorities were notified of the first one alone, or the actor created a watch-list
            entry and would have its hit count as confirmed.
    """
    validation.require_reason(reason, _("enter why they are one"))
    _require_different(incident, survivor)
    # Both are locked, in one order: two people may merge them the other way round.
    rows = Incident.objects.select_for_update(of=("self",)).select_related("site", "rule")
    pair = rows.filter(pk__in=[incident.pk, survivor.pk]).order_by("pk").in_bulk()
    incident, survivor = pair[incident.pk], pair[survivor.pk]
    dispatched = was_dispatched(incident)
    _require_mergeable(incident, survivor, actor, dispatched)
    rose = RANK.index(incident.severity) > RANK.index(survivor.severity)
    _move(incident, survivor)
    incident.merged_into = survivor
    end(incident, Incident.State.CLOSED, "merged_into")
    timeline.record(incident, MERGED_INTO, actor, number=survivor.pk)
    timeline.record(survivor, MERGED, actor, number=incident.pk)
    _hand_over(incident, survivor, actor)
    record_change(incident, actor, "merge incident", into=survivor.pk, reason=reason)
    announce(survivor)
    publish(
        IncidentMerged(
            survivor.pk, incident.pk, survivor.site_id, actor.pk, dispatched, severity_rose=rose
        )
    )
    return survivor


def _require_different(incident: Incident, survivor: Incident) -> None:
    if incident.exercise != survivor.exercise:
        raise Rejection(
            "survivor",
            "exercise",
            _("an incident of an exercise cannot be merged with a real one"),
            _("choose another incident"),
        )
    if incident.pk == survivor.pk or incident.site_id != survivor.site_id:
        raise Rejection(
            "survivor",
            "same_incident" if incident.pk == survivor.pk else "other_site",
            _("an incident is merged into another one of the same site"),
            _("choose another incident"),
        )


def _require_mergeable(
    incident: Incident, survivor: Incident, actor: User, dispatched: bool
) -> None:
    if not incident.is_active or not survivor.is_active:
        raise Rejection(
            "survivor",
            "incident_ended",
            _("an incident that has ended cannot be merged"),
            _("choose an active one"),
        )
    if survivor.reviewed_by_id is not None:
        require_other_than_creator(incident, actor)
    if dispatched and not was_dispatched(survivor):
        raise Rejection(
            "survivor",
            "not_dispatched",
            _("authorities were notified of this incident and not of the other one"),
            _("merge the other one into this one"),
        )


def _move(incident: Incident, survivor: Incident) -> None:
    """Count the occurrences of an incident, and of those merged into it, under the survivor."""
    Incident.objects.filter(merged_into=incident).update(merged_into=survivor)
    Occurrence.objects.filter(incident=incident).update(incident=survivor)
    survivor.occurrences += incident.occurrences
    survivor.first_at = min(survivor.first_at, incident.first_at)
    survivor.last_at = max(survivor.last_at, incident.last_at)
    survivor.severity = max(survivor.severity, incident.severity, key=RANK.index)
    survivor.late = survivor.late and incident.late
    if not incident.source_cleared:
        survivor.cleared = False
    else:
        refresh_cleared(survivor)
    if survivor.announced_at is None:
        survivor.announced_at = incident.announced_at
    survivor.save()


def _hand_over(incident: Incident, survivor: Incident, actor: User) -> None:
    """Assign the survivor to whoever looked after the other one, unless a person looks after it."""
    owner = incident.assigned_to or incident.acked_by
    if owner is not None and not survivor.assigned_to_id and not survivor.acked_by_id:
        store_owner(survivor, actor, owner)
