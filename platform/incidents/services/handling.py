"""Handle an incident: acknowledge it and close it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, undo, validation
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from incidents import timeline
from incidents.events import IncidentAcknowledged, IncidentClosed
from incidents.models import Incident
from incidents.services.changes import locked, record_change

ACKNOWLEDGED = timeline.declare("acknowledged", gettext_lazy("Acknowledged"))
ACKNOWLEDGEMENT_WITHDRAWN = timeline.declare(
    "acknowledgement_withdrawn", gettext_lazy("Acknowledgement withdrawn")
)
CLOSED = timeline.declare("closed", gettext_lazy("Closed: %(reason)s"))


@transaction.atomic
def acknowledge(incident: Incident, actor: User) -> Incident:
    """Acknowledge an incident; a second acknowledgement has no effect."""
    incident = locked(incident)
    if incident.acked_by_id is None:
        _acknowledge(incident, actor)
    return incident


@transaction.atomic
def acknowledge_all(incidents: Iterable[Incident], actor: User) -> undo.Changes:
    """Acknowledge those of the incidents that are active and not yet acknowledged.

    Returns:
        Their changes.
    """
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    waiting = Incident.objects.select_for_update(of=("self",)).select_related("site")
    waiting = waiting.exclude(state__in=Incident.ENDED).order_by("pk")
    found = list(waiting.filter(pk__in=[each.pk for each in incidents], acked_by=None))
    return undo.record_changes(
        found, ["acked_at", "state"], lambda incident: _acknowledge(incident, actor)
    )


@transaction.atomic
def withdraw_acknowledgements(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `acknowledge_all`: the incidents wait for an acknowledgement again.

    Raises:
        Rejection: one was reviewed or closed since.
    """
    rows = Incident.objects.filter(site=site).select_related("site")
    for incident, before in undo.unchanged_rows(rows, changes):
        incident.acked_by, incident.acked_at = None, before["acked_at"]
        incident.state = before["state"]
        incident.save(update_fields=["acked_by", "acked_at", "state"])
        timeline.record(incident, ACKNOWLEDGEMENT_WITHDRAWN, actor)
        record_change(incident, actor, "withdraw acknowledgement")


@transaction.atomic
def close(incident: Incident, actor: User, reason: str) -> Incident:
    """Close a confirmed incident, dispatched or not.

    Raises:
        Rejection: no reason is given, or the incident is not confirmed.
    """
    validation.require_reason(reason, _("enter how it was resolved"))
    incident = locked(incident)
    if incident.state not in Incident.CONFIRMED:
        raise Rejection(
            "incident",
            "not_confirmed",
            _("only a confirmed incident can be closed"),
            _("review it first"),
        )
    incident.state, incident.ended_at = Incident.State.CLOSED, clock.now()
    incident.save(update_fields=["state", "ended_at"])
    timeline.record(incident, CLOSED, actor, reason=reason)
    record_change(incident, actor, "close incident", reason=reason)
    publish(IncidentClosed(incident.pk, incident.site_id, announced=True))
    return incident


def _acknowledge(incident: Incident, actor: User) -> None:
    incident.acked_by, incident.acked_at = actor, clock.now()
    if incident.state == Incident.State.DETECTED:
        incident.state = Incident.State.TRIAGE
    incident.save(update_fields=["acked_by", "acked_at", "state"])
    timeline.record(incident, ACKNOWLEDGED, actor)
    record_change(incident, actor, "acknowledge incident")
    publish(IncidentAcknowledged(incident.pk, incident.site_id, actor.pk))
