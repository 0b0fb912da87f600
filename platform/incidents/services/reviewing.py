"""Review incidents: a person finds them real, or false alarms."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, validation
from core.errors import Rejection
from core.events import publish
from core.models import User
from incidents import timeline
from incidents.events import IncidentClosed, IncidentReviewed
from incidents.models import Incident
from incidents.services.changes import locked, record_change
from incidents.severities import Certainty

CONFIRMED = timeline.declare("confirmed", gettext_lazy("Confirmed: %(reason)s"))
FALSE_ALARM = timeline.declare("false_alarm", gettext_lazy("False alarm: %(reason)s"))


@transaction.atomic
def review(incident: Incident, actor: User, confirmed: bool, reason: str) -> Incident:
    """Confirm an incident, or close it as a false alarm.

    Raises:
        Rejection: no reason is given, it was reviewed already, or the reviewer created the
            watch-list entry that it matches (ASVS 2.3.5: another person decides).
    """
    validation.require_reason(reason, _("enter what was seen"))
    incident = locked(incident)
    if incident.reviewed_by_id is not None:
        raise Rejection(
            "incident",
            "already_reviewed",
            _("this incident is already reviewed"),
            _("close it, or report a new one"),
        )
    if incident.watch_entry and incident.watch_entry.created_by_id == actor.pk:
        raise Rejection(
            "actor",
            "own_entry",
            _("you created this watch-list entry"),
            _("ask another person to review it"),
        )
    incident.reviewed_by, incident.reviewed_at = actor, clock.now()
    incident.review_reason = reason
    incident.state = Incident.State.CONFIRMED if confirmed else Incident.State.FALSE_ALARM
    incident.ended_at = None if confirmed else incident.reviewed_at
    if confirmed:
        incident.certainty = Certainty.OBSERVED
    incident.save(
        update_fields=[
            "reviewed_by",
            "reviewed_at",
            "review_reason",
            "state",
            "ended_at",
            "certainty",
        ]
    )
    timeline.record(incident, CONFIRMED if confirmed else FALSE_ALARM, actor, reason=reason)
    record_change(incident, actor, "review incident", confirmed=confirmed, reason=reason)
    publish(IncidentReviewed(incident.pk, incident.site_id, actor.pk, confirmed))
    if not confirmed:
        publish(IncidentClosed(incident.pk, incident.site_id, announced=True))
    return incident
