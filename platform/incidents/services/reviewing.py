"""Review incidents: a person finds them real, or false alarms, and may find otherwise later."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, validation
from core.errors import Rejection
from core.events import publish
from core.models import User
from incidents import timeline
from incidents.events import IncidentReviewed
from incidents.models import Incident, Review, WatchEntry
from incidents.services.changes import (
    end,
    locked,
    record_change,
    require_active,
    require_confirmed,
)
from incidents.severities import Certainty, Severity

CONFIRMED = timeline.declare("confirmed", gettext_lazy("Confirmed: %(reason)s"))
CONFIRMED_AGAIN = timeline.declare(
    "confirmed_again", gettext_lazy("Reviewed again and confirmed: %(reason)s")
)
FALSE_ALARM = timeline.declare("false_alarm", gettext_lazy("False alarm: %(reason)s"))
SEVERITY_SET = timeline.declare(
    "severity_set",
    lambda entry: (
        gettext_lazy("Severity changed from %(before)s to %(after)s")
        % {name: Severity(entry.values[name]).label for name in ("before", "after")}
    ),
    afterwards=gettext_lazy("Severity changed"),
)


@transaction.atomic
def review(
    incident: Incident, actor: User, confirmed: bool, reason: str, severity: str = ""
) -> Incident:
    """Confirm an incident, or close it as a false alarm: its first review.

    Args:
        severity: another severity than it has; empty: the same.

    Raises:
        Rejection: no reason is given, it was reviewed already or has ended, or the reviewer
            created the watch-list entry that it matches (ASVS 2.3.5: another person decides).
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
    return _review(incident, actor, confirmed, reason, severity)


@transaction.atomic
def review_again(
    incident: Incident, actor: User, confirmed: bool, reason: str, severity: str = ""
) -> Incident:
    """Review a confirmed incident once more: its severity, or that it was a false alarm.

    What was dispatched is corrected by whoever subscribes to `IncidentReviewed`.

    Raises:
        Rejection: no reason is given, it is not confirmed, or the reviewer created the watch-list
            entry that it matches.
    """
    validation.require_reason(reason, _("enter what was seen"))
    incident = locked(incident)
    require_confirmed(incident, _("only a confirmed incident can be reviewed again"))
    return _review(incident, actor, confirmed, reason, severity, again=True)


def was_dispatched(incident: Incident) -> bool:
    """Return whether authorities were notified of an incident."""
    sent = (Incident.State.DISPATCHED, Incident.State.ACKNOWLEDGED)
    return incident.state in sent or incident.messages.exists()


def require_other_than_creator(incident: Incident, actor: User) -> None:
    """Require that a reviewer did not create a watch-list entry that the incident matches.

    Raises:
        Rejection: the actor created one, of the incident or of one that was merged into it.
    """
    entries = WatchEntry.objects.filter(
        Q(incidents=incident.pk) | Q(incidents__merged_into=incident.pk)
    )
    if entries.filter(created_by=actor).exists():
        raise Rejection(
            "actor",
            "own_entry",
            _("you created this watch-list entry"),
            _("ask another person to review it"),
        )


def _review(
    incident: Incident,
    actor: User,
    confirmed: bool,
    reason: str,
    severity: str,
    again: bool = False,
) -> Incident:
    require_active(incident)
    require_other_than_creator(incident, actor)
    before, severity = incident.severity, severity or incident.severity
    if severity not in Severity:
        raise Rejection(
            "severity", "not_a_choice", _("unknown severity"), validation.listed(Severity.labels)
        )
    dispatched = was_dispatched(incident)
    _store(incident, actor, confirmed, reason, severity)
    found = (CONFIRMED_AGAIN if again else CONFIRMED) if confirmed else FALSE_ALARM
    timeline.record(incident, found, actor, reason=reason)
    detail = {"severity": [before, severity]} if before != severity else {}
    if detail:
        timeline.record(incident, SEVERITY_SET, actor, before=before, after=severity)
    action = "review incident again" if again else "review incident"
    record_change(incident, actor, action, confirmed=confirmed, reason=reason, **detail)
    publish(
        IncidentReviewed(
            incident.pk, incident.site_id, actor.pk, confirmed, again, bool(detail), dispatched
        )
    )
    if not confirmed:
        end(incident, Incident.State.CANCELLED if dispatched else Incident.State.FALSE_ALARM)
    return incident


def _store(incident: Incident, actor: User, confirmed: bool, reason: str, severity: str) -> None:
    """Store a review, and on the incident what it has found."""
    incident.reviewed_by, incident.reviewed_at = actor, clock.now()
    incident.review_reason, incident.severity = reason, severity
    if confirmed:
        incident.certainty = Certainty.OBSERVED
        if incident.state not in Incident.CONFIRMED:
            incident.state = Incident.State.CONFIRMED
    incident.save()
    Review.objects.create(
        incident=incident,
        at=incident.reviewed_at,
        reviewer=actor,
        confirmed=confirmed,
        severity=severity,
        reason=reason,
    )
