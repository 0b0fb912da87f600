"""Handle an incident: acknowledge, assign, comment on, and close it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, undo, validation
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from core.permissions import may
from incidents import timeline
from incidents.events import AcknowledgementWithdrawn, IncidentAcknowledged
from incidents.models import Comment, Incident
from incidents.services.changes import (
    end,
    locked,
    locked_active,
    record_change,
    require_confirmed,
)
from incidents.visibility import permission_to_see

MAX_COMMENT = 2000
ACKNOWLEDGED = timeline.declare("acknowledged", gettext_lazy("Acknowledged"))
ACKNOWLEDGEMENT_WITHDRAWN = timeline.declare(
    "acknowledgement_withdrawn", gettext_lazy("Acknowledgement withdrawn")
)
ASSIGNED = timeline.declare(
    "assigned", gettext_lazy("Assigned to %(name)s"), afterwards=gettext_lazy("Assigned")
)
UNASSIGNED = timeline.declare("unassigned", gettext_lazy("Assigned to nobody"))
COMMENTED = timeline.declare("commented", gettext_lazy("Commented"))
CLOSED = timeline.declare("closed", gettext_lazy("Closed: %(reason)s"))


@transaction.atomic
def acknowledge(incident: Incident, actor: User) -> Incident:
    """Acknowledge an incident; a second acknowledgement has no effect.

    An acknowledgement neither clears nor closes it: it says that a person looks after it.
    """
    incident = locked(incident)
    if incident.acked_by_id is None and incident.is_active:
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
        announced = incident.announced_at is not None
        publish(AcknowledgementWithdrawn(incident.pk, incident.site_id, announced))


@transaction.atomic
def assign(incident: Incident, actor: User, assignee: User | None) -> Incident:
    """Assign an active incident to a colleague, or to nobody.

    Raises:
        Rejection: it has ended, or the colleague may not see it.
    """
    incident = locked_active(incident)
    permission = permission_to_see(incident.kind)
    if assignee is not None and not may(assignee, incident.site, permission):
        raise Rejection(
            "assignee",
            "not_permitted",
            _("this person may not see the incident"),
            _("choose another person"),
        )
    if incident.assigned_to == assignee:
        return incident
    store_owner(incident, actor, assignee)
    record_change(incident, actor, "assign incident", to=assignee.pk if assignee else None)
    return incident


def store_owner(incident: Incident, actor: User, owner: User | None) -> None:
    """Store who looks after a locked incident, and record it in the timeline."""
    incident.assigned_to = owner
    incident.save(update_fields=["assigned_to"])
    if owner is None:
        timeline.record(incident, UNASSIGNED, actor)
    else:
        name = owner.display_name
        timeline.record(incident, ASSIGNED, actor, name=name, user=owner.pk)


@transaction.atomic
def comment(incident: Incident, actor: User, text: str) -> Comment:
    """Comment on an incident, also on one that has ended; comments are not changed afterwards.

    Raises:
        Rejection: the comment is empty or longer than 2,000 characters.
    """
    text = text.strip()
    if not text:
        raise Rejection("text", "missing", _("this field is required"), _("enter a comment"))
    if len(text) > MAX_COMMENT:
        raise Rejection("text", "too_long", _("the comment is too long"), _("split it"))
    incident = locked(incident)
    made = Comment.objects.create(incident=incident, at=clock.now(), author=actor, text=text)
    timeline.record(incident, COMMENTED, actor)
    record_change(incident, actor, "comment on incident")
    return made


@transaction.atomic
def close(incident: Incident, actor: User, reason: str) -> Incident:
    """Close a confirmed incident, dispatched or not.

    Raises:
        Rejection: no reason is given, or the incident is not confirmed.
    """
    validation.require_reason(reason, _("enter how it was resolved"))
    incident = locked(incident)
    require_confirmed(incident, _("only a confirmed incident can be closed"))
    timeline.record(incident, CLOSED, actor, reason=reason)
    record_change(incident, actor, "close incident", reason=reason)
    end(incident, Incident.State.CLOSED)
    return incident


def _acknowledge(incident: Incident, actor: User) -> None:
    incident.acked_by, incident.acked_at = actor, clock.now()
    if incident.state == Incident.State.DETECTED:
        incident.state = Incident.State.TRIAGE
    incident.save(update_fields=["acked_by", "acked_at", "state"])
    timeline.record(incident, ACKNOWLEDGED, actor)
    record_change(incident, actor, "acknowledge incident")
    publish(IncidentAcknowledged(incident.pk, incident.site_id, actor.pk))
