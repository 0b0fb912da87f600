"""Exercises and reports in the console."""

from datetime import timedelta

import pytest

from core import clock
from core.permissions import StandardRole
from incidents import exercises
from incidents.models import Exercise, Incident
from tests.browsers import hire, signed_in, text

pytestmark = pytest.mark.django_db
REPORT = {"kind": "smoke_fire", "seen": "smoke", "exact": "tower 3", "where": "", "severity": ""}


@pytest.fixture
def security(here):
    """The browser of the site's security."""
    return signed_in(hire(here.site, StandardRole.SECURITY))


@pytest.fixture
def guard(here):
    """The browser of a guard."""
    return signed_in(hire(here.site, StandardRole.GUARD))


@pytest.fixture
def running(here):
    """An exercise that is under way."""
    return here.exercise


def test_security_starts_an_exercise(security, here, running):
    exercises.end(running, running.started_by)
    ends = clock.local(clock.now() + timedelta(hours=1), here.site.timezone)
    posted = {"reason": "power cut", "ends_at": ends.strftime("%Y-%m-%dT%H:%M")}
    assert security.post(here.url("start_exercise"), posted).status_code == 204
    assert Exercise.objects.latest("pk").reason == "power cut"


def test_an_exercise_without_an_end_is_refused_at_its_field(security, here):
    answer = security.post(here.url("start_exercise"), {"reason": "evacuation"})
    assert answer.status_code == 422
    assert "ends_at" in answer.context["form"].errors


@pytest.mark.parametrize("role", [StandardRole.GUARD, StandardRole.FINANCE, StandardRole.SECURITY])
def test_every_page_shows_the_banner_to_everyone_while_it_is_under_way(here, running, role):
    browser = signed_in(hire(here.site, role))
    address = here.url("start")
    assert "evacuation" in text(browser.get(address, follow=True))
    exercises.end(running, running.started_by)
    assert "evacuation" not in text(browser.get(address, follow=True))


def test_an_incident_of_the_exercise_is_marked_where_it_is_shown(security, here, running):
    answer = security.post(here.url("raise_exercise_incident", running.pk), REPORT)
    assert answer.status_code == 204
    incident = Incident.objects.latest("pk")
    assert incident.exercise
    for address in (here.url("incident", incident.pk), here.url("exercises")):
        assert 'state-pay">exercise' in text(security.get(address))
    assert "exercise" in text(security.get(here.url("incidents")))


def test_the_end_is_confirmed_with_what_it_closes(security, here, running):
    exercises.raise_in_exercise(
        running, running.started_by, exercises.Report("theft", "x", "", "y")
    )
    address = here.url("end_exercise", running.pk)
    assert "1 incident of the exercise is closed" in text(security.get(address))
    assert security.post(address).status_code == 204
    assert "its end time" not in text(security.get(here.url("exercises")))
    assert Incident.objects.latest("pk").state == "closed"


def test_a_guard_reports_an_incident_and_runs_no_exercise(guard, here, running):
    assert guard.post(here.url("report_incident"), REPORT).status_code == 204
    assert not Incident.objects.latest("pk").exercise
    assert guard.get(here.url("exercises")).status_code == 403
    assert guard.post(here.url("end_exercise", running.pk)).status_code == 403


def test_a_report_without_a_place_is_refused_at_its_field(guard, here):
    answer = guard.post(here.url("report_incident"), REPORT | {"exact": ""})
    assert answer.status_code == 422
    assert "exact" in answer.context["form"].errors
    assert not Incident.objects.filter(kind="smoke_fire").exists()


def test_reports_are_offered_where_incidents_are_listed(guard, here):
    assert here.url("report_incident") in text(guard.get(here.url("incidents")))
