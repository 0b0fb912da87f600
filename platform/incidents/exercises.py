"""Exercises: a site practises without anyone taking it for real.

Only what is raised with `raise_in_exercise` is an exercise. What devices, rules and people report
meanwhile stays real, so that an exercise hides no emergency. Incidents of an exercise say so on
every page, in notifications and in messages to authorities, and only feeds for exercises get them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, live, validation
from core.errors import Rejection
from core.events import publish
from core.ids import public_id
from core.models import Site, User
from incidents import timeline, topics
from incidents.events import IncidentClosed
from incidents.models import Exercise, Incident
from incidents.services.changes import announce
from incidents.services.reporting import Report, raise_reported

MAX_DURATION = timedelta(hours=24)
RAISED = timeline.declare("exercise_raised", gettext_lazy("Raised in an exercise"))
ENDED = timeline.declare("exercise_ended", gettext_lazy("Closed at the end of the exercise"))
_TOKEN = 10


def current(site: Site) -> Exercise | None:
    """Return the exercise that is under way at the site; one whose time is up does not count."""
    return running_at(site).first()


def running_at(site: Site) -> QuerySet[Exercise]:
    """Return the exercise that is under way at the site, if there is one."""
    return exercises_at(site).filter(ended_at=None, ends_at__gt=clock.now())


def exercises_at(site: Site) -> QuerySet[Exercise]:
    """Return the site's exercises, the latest first."""
    return Exercise.objects.filter(site=site).select_related("started_by", "ended_by")


def incidents_of(exercise: Exercise) -> QuerySet[Incident]:
    """Return the incidents that were raised in an exercise, the latest first."""
    source = f"exercise:{exercise.pk}:"
    rows = Incident.objects.filter(site=exercise.site_id, exercise=True)
    return rows.filter(source__startswith=source).order_by("-first_at", "-pk")


def open_incidents_of(exercise: Exercise) -> QuerySet[Incident]:
    """Return the incidents of an exercise that have not ended."""
    return incidents_of(exercise).exclude(state__in=Incident.ENDED)


@transaction.atomic
def start(site: Site, actor: User, reason: str, ends_at: datetime) -> Exercise:
    """Start an exercise, which ends at the latest at ``ends_at``.

    Raises:
        Rejection: no reason is given, the end is past or more than a day away, or an exercise is
            under way.
    """
    validation.require_reason(reason, _("enter what is practised"))
    now = clock.now()
    validation.require_order(now, ends_at)
    if ends_at - now > MAX_DURATION:
        raise Rejection(
            "ends_at",
            "range_too_long",
            _("an exercise lasts 24 hours at most"),
            _("choose an earlier end"),
        )
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    _end_all(Exercise.objects.filter(site=site, ended_at=None, ends_at__lte=now))
    if current(site) is not None:
        raise Rejection(
            "reason",
            "under_way",
            _("an exercise is under way already"),
            _("end it first"),
        )
    exercise = Exercise.objects.create(
        site=site, reason=reason.strip(), started_by=actor, started_at=now, ends_at=ends_at
    )
    detail = {"reason": exercise.reason, "ends_at": ends_at.isoformat()}
    audit.record(site, actor, "start exercise", ("exercise", exercise.pk), **detail)
    live.announce(topics.EXERCISE, site.pk, exercise.pk)
    return exercise


@transaction.atomic
def raise_in_exercise(exercise: Exercise, actor: User, report: Report) -> Incident:
    """Raise an incident of an exercise: the only way by which one becomes an exercise.

    Raises:
        Rejection: the exercise has ended, or the report is not valid.
    """
    exercise = _locked(exercise)
    if exercise.ended_at is not None or exercise.ends_at <= clock.now():
        raise Rejection("kind", "ended", _("the exercise has ended"), _("start another one first"))
    source = f"exercise:{exercise.pk}:{public_id(_TOKEN)}"
    incident = raise_reported(exercise.site, report, source, exercise=True)
    timeline.record(incident, RAISED, actor)
    audit.record(
        exercise.site,
        actor,
        "raise exercise incident",
        ("incident", incident.pk),
        kind=incident.kind,
        exercise=exercise.pk,
    )
    live.announce(topics.EXERCISE, exercise.site_id, exercise.pk)
    return incident


@transaction.atomic
def end(exercise: Exercise, actor: User) -> Exercise:
    """End an exercise: close its incidents and store its summary; an ended one stays as it is."""
    exercise = _locked(exercise)
    if exercise.ended_at is None:
        _end(exercise, actor)
    return exercise


@transaction.atomic
def end_overdue() -> int:
    """End the exercises whose time is up; return their number."""
    return _end_all(Exercise.objects.filter(ended_at=None, ends_at__lte=clock.now()))


def summary_of(incidents: Iterable[Incident]) -> dict[str, Any]:
    """Count what happened with the incidents of an exercise.

    Returns:
        Numbers of incidents, and the median seconds to acknowledgement and review; None without.
    """
    found = list(incidents)
    states = Incident.State
    acknowledged = [_seconds(each, each.acked_at) for each in found if each.acked_at]
    reviewed = [_seconds(each, each.reviewed_at) for each in found if each.reviewed_at]
    return {
        "raised": len(found),
        "acknowledged": len(acknowledged),
        "confirmed": sum(bool(e.reviewed_at) and e.state != states.FALSE_ALARM for e in found),
        "false_alarms": sum(each.state == states.FALSE_ALARM for each in found),
        "dispatched": sum(each.messages.exists() for each in found),
        "acknowledged_after_s": round(median(acknowledged)) if acknowledged else None,
        "reviewed_after_s": round(median(reviewed)) if reviewed else None,
    }


def _seconds(incident: Incident, at: datetime | None) -> float:
    return max(0.0, (at - incident.first_at).total_seconds()) if at else 0.0


def _end_all(exercises: QuerySet[Exercise]) -> int:
    found = exercises.select_for_update(of=("self",)).select_related("site").order_by("pk")
    for exercise in found:
        _end(exercise, None)
    return len(found)


def _end(exercise: Exercise, actor: User | None) -> None:
    exercise.ended_at, exercise.ended_by = clock.now(), actor
    exercise.summary = summary_of(incidents_of(exercise))
    exercise.save(update_fields=["ended_at", "ended_by", "summary"])
    # Locked in one order, so that two changes of several incidents do not deadlock.
    for incident in open_incidents_of(exercise).select_for_update().order_by("pk"):
        _close(incident, actor)
    subject = ("exercise", exercise.pk)
    audit.record(exercise.site, actor or "exercises", "end exercise", subject, **exercise.summary)
    live.announce(topics.EXERCISE, exercise.site_id, exercise.pk)


def _close(incident: Incident, actor: User | None) -> None:
    """Close an incident as it is; without a review, its cause counts as gone."""
    incident.state, incident.ended_at = Incident.State.CLOSED, clock.now()
    incident.cleared = incident.source_cleared = True
    incident.save(update_fields=["state", "ended_at", "cleared", "source_cleared"])
    timeline.record(incident, ENDED, actor)
    publish(IncidentClosed(incident.pk, incident.site_id, announced=True))
    announce(incident)


def _locked(exercise: Exercise) -> Exercise:
    rows = Exercise.objects.select_for_update(of=("self",)).select_related("site")
    return rows.get(pk=exercise.pk)
