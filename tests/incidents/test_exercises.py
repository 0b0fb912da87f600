"""Exercises: they end, they close what was raised in them, and touch no real incident."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from incidents import exercises, services
from incidents.jobs import end_exercises
from incidents.models import Exercise, Incident
from incidents.services.reporting import Report, report_incident
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FIRE = Report("smoke_fire", "smoke on the stairs", exact="tower 3")


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def actor():
    return UserFactory()


@pytest.fixture
def exercise(site, actor):
    return exercises.start(site, actor, "evacuation", clock.now() + HOUR)


def overdue(exercise):
    began = clock.now() - 2 * HOUR
    Exercise.objects.filter(pk=exercise.pk).update(started_at=began, ends_at=began + HOUR)


def test_an_exercise_is_under_way_until_it_is_ended(site, actor, exercise):
    assert exercises.current(site) == exercise
    exercises.end(exercise, actor)
    assert exercises.current(site) is None
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["start exercise", "end exercise"]


@pytest.mark.parametrize(
    ("reason", "after", "code"),
    [
        (" ", HOUR, "missing"),
        ("evacuation", -HOUR, "end_before_begin"),
        ("evacuation", timedelta(hours=25), "range_too_long"),
    ],
)
def test_an_exercise_has_a_reason_and_an_end_within_a_day(site, actor, reason, after, code):
    with pytest.raises(Rejection) as refused:
        exercises.start(site, actor, reason, clock.now() + after)
    assert refused.value.code == code
    assert not Exercise.objects.exists()


def test_one_exercise_is_under_way_at_a_site(site, actor, exercise):
    with pytest.raises(Rejection, match="under way"):
        exercises.start(site, actor, "another", clock.now() + HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Exercise.objects.create(
            site=site,
            reason="another",
            started_by=actor,
            started_at=clock.now(),
            ends_at=clock.now() + HOUR,
        )
    assert exercises.start(SiteFactory(), actor, "elsewhere", clock.now() + HOUR)


def test_only_what_is_raised_in_it_is_an_exercise(site, actor, exercise):
    practised = exercises.raise_in_exercise(exercise, actor, FIRE)
    reported = report_incident(site, actor, FIRE)
    alarm = services.raise_incident(site.pk, "smoke_fire", "device:1", "extreme", clock.now(), {})
    assert practised.exercise
    assert not reported.exercise
    assert not alarm.exercise
    assert list(exercises.incidents_of(exercise)) == [practised]


def test_two_practised_incidents_of_a_kind_are_two(actor, exercise):
    first = exercises.raise_in_exercise(exercise, actor, FIRE)
    second = exercises.raise_in_exercise(exercise, actor, FIRE)
    assert first != second


def test_its_end_closes_its_incidents_in_any_state_and_no_others(site, actor, exercise):
    new = exercises.raise_in_exercise(exercise, actor, FIRE)
    confirmed = exercises.raise_in_exercise(exercise, actor, FIRE)
    services.review(confirmed, actor, confirmed=True, reason="seen")
    false = exercises.raise_in_exercise(exercise, actor, FIRE)
    services.review(false, actor, confirmed=False, reason="steam")
    real = report_incident(site, actor, FIRE)
    exercises.end(exercise, actor)
    states = dict(Incident.objects.values_list("pk", "state"))
    assert (states[new.pk], states[confirmed.pk]) == ("closed", "closed")
    assert (states[false.pk], states[real.pk]) == ("false_alarm", "detected")
    entry = new.timeline.get(code=exercises.ENDED)
    assert entry.actor == actor


def test_its_summary_counts_what_happened(actor, exercise):
    first = exercises.raise_in_exercise(exercise, actor, FIRE)
    began = clock.now() - timedelta(seconds=90)
    Incident.objects.filter(pk=first.pk).update(first_at=began)
    services.acknowledge(first, actor)
    Incident.objects.filter(pk=first.pk).update(acked_at=began + timedelta(seconds=30))
    services.review(first, actor, confirmed=True, reason="seen")
    exercises.raise_in_exercise(exercise, actor, FIRE)
    ended = exercises.end(exercise, actor)
    assert ended.summary["raised"] == 2
    assert ended.summary["acknowledged"] == ended.summary["confirmed"] == 1
    assert ended.summary["false_alarms"] == ended.summary["dispatched"] == 0
    assert ended.summary["acknowledged_after_s"] == 30
    assert ended.summary["reviewed_after_s"] >= 90


def test_an_exercise_without_incidents_has_a_summary(actor, exercise):
    summary = exercises.end(exercise, actor).summary
    assert summary["raised"] == 0
    assert summary["acknowledged_after_s"] is None


def test_it_ends_by_itself_when_its_time_is_up(site, actor, exercise):
    incident = exercises.raise_in_exercise(exercise, actor, FIRE)
    assert end_exercises() == 0
    overdue(exercise)
    assert exercises.current(site) is None
    assert end_exercises() == 1
    exercise.refresh_from_db()
    incident.refresh_from_db()
    assert exercise.ended_by is None
    assert incident.state == "closed"
    assert AuditEntry.objects.latest("pk").actor == "exercises"


def test_no_incident_is_raised_after_its_time_even_before_the_job_has_run(actor, exercise):
    overdue(exercise)
    with pytest.raises(Rejection, match="has ended"):
        exercises.raise_in_exercise(exercise, actor, FIRE)


def test_another_exercise_starts_after_the_time_of_one_is_up(site, actor, exercise):
    overdue(exercise)
    following = exercises.start(site, actor, "again", clock.now() + HOUR)
    exercise.refresh_from_db()
    assert exercise.ended_at is not None
    assert exercises.current(site) == following


def test_an_exercise_ends_once(actor, exercise):
    first = exercises.end(exercise, actor)
    again = exercises.end(exercise, UserFactory())
    assert (again.ended_by, again.ended_at) == (actor, first.ended_at)
