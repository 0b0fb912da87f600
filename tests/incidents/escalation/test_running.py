"""Escalations: who is notified after how many seconds, until a person acknowledges."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from core.models import Job, Notification
from core.permissions import StandardRole
from incidents import services, timeline
from incidents.escalation import running, shifts
from incidents.escalation.labels import ESCALATED
from incidents.models import EscalationRun
from people.models import Role
from tests.at_once import at_once
from tests.factories import UserFactory
from tests.incidents.escalation.staff import add_layer, hire, notified, raise_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(site, noon):
    """A guard on duty, three on call in turns, and a manager."""
    shifts.start_shift(site, hire(site, "dora"))
    ann, ben, carl = (hire(site, name) for name in ("ann", "ben", "carl"))
    add_layer(site, ann, ben, carl)
    hire(site, "mia", StandardRole.MANAGER)


def end_of(incident):
    """Why its escalation has ended; empty while it runs."""
    return EscalationRun.objects.latest("pk").end


def test_a_severe_incident_notifies_staff_at_once_then_the_next_on_call_then_the_manager(
    site, noon, people
):
    incident = raise_incident(site)
    assert notified(incident) == ["dora", "ann"]
    noon.advance(59)
    assert notified(incident) == ["dora", "ann"]
    noon.advance(1)
    assert notified(incident) == ["dora", "ann", "ben"]
    noon.advance(60)
    assert notified(incident) == ["dora", "ann", "ben", "mia"]


def test_the_steps_are_repeated_until_all_repetitions_are_done(site, noon, people):
    incident = raise_incident(site)
    for _step in range(60):
        noon.advance(60)
    assert notified(incident) == ["dora", "ann", "ben", "mia"] * 6
    assert end_of(incident) == "steps_done"
    assert not Job.objects.filter(finished_at=None, path__endswith="do_due_steps").exists()


def test_smoke_of_any_severity_reaches_the_next_person_within_a_minute(site, noon, people):
    incident = raise_incident(site, kind="smoke_fire", severity="moderate")
    noon.advance(60)
    assert notified(incident) == ["dora", "ann", "ben"]


def test_an_acknowledgement_stops_it(site, noon, people):
    incident = raise_incident(site)
    services.acknowledge(incident, UserFactory())
    noon.advance(600)
    assert notified(incident) == ["dora", "ann"]
    assert end_of(incident) == "acknowledged"


def test_a_review_stops_it(site, noon, people):
    incident = raise_incident(site)
    services.review(incident, UserFactory(), confirmed=True, reason="seen on camera")
    noon.advance(600)
    assert notified(incident) == ["dora", "ann"]
    assert end_of(incident) == "reviewed"


def test_a_step_that_was_due_while_no_process_ran_is_done_late_and_once(site, noon, people):
    incident = raise_incident(site)
    noon.advance(3600)
    assert notified(incident) == ["dora", "ann", "ben"]
    noon.advance(59)
    assert notified(incident) == ["dora", "ann", "ben"]
    noon.advance(1)
    assert notified(incident) == ["dora", "ann", "ben", "mia"]


def test_a_lost_job_is_queued_again(site, noon, people):
    incident = raise_incident(site)
    Job.objects.filter(path__endswith="do_due_steps").delete()
    noon.advance(61)
    running.resume_escalations()
    noon.advance(0)
    assert notified(incident) == ["dora", "ann", "ben"]


def test_a_late_incident_notifies_no_one(site, noon, people):
    incident = raise_incident(site, late=True)
    noon.advance(600)
    assert notified(incident) == []
    assert not EscalationRun.objects.exists()


def test_a_repeated_cause_does_not_begin_again(site, noon, people):
    incident = raise_incident(site)
    raise_incident(site)
    assert notified(incident) == ["dora", "ann"]


def test_a_rise_in_severity_begins_again_at_once(site, noon, people):
    incident = raise_incident(site, severity="moderate")
    assert notified(incident) == ["dora"]
    raise_incident(site, severity="severe")
    assert notified(incident) == ["dora", "dora", "ann"]
    assert EscalationRun.objects.filter(end="severity_rose").count() == 1


def test_a_rise_after_an_acknowledgement_notifies_at_once_and_goes_no_further(site, noon, people):
    incident = raise_incident(site, severity="moderate")
    services.acknowledge(incident, UserFactory())
    raise_incident(site, severity="extreme")
    noon.advance(600)
    assert notified(incident) == ["dora", "dora", "ann"]


def test_a_routine_incident_reaches_the_person_on_call_after_ten_minutes(site, noon, people):
    incident = raise_incident(site, severity="moderate")
    noon.advance(599)
    assert notified(incident) == ["dora"]
    noon.advance(1)
    assert notified(incident) == ["dora", "ann"]


def test_maintenance_is_never_escalated_at_night(site, noon, people):
    hire(site, "tom", StandardRole.TECHNICIAN)
    noon.advance(11 * 3600)  # 23:00
    incident = raise_incident(
        site, kind="device_alarm", severity="minor", source="device:1:battery_low"
    )
    assert notified(incident) == []
    noon.advance(8 * 3600 - 1)
    assert notified(incident) == []
    noon.advance(1)  # 07:00
    assert notified(incident) == ["tom"]


def test_maintenance_without_a_technician_reaches_the_managers(site, noon, people):
    incident = raise_incident(site, kind="device_offline", severity="minor")
    assert notified(incident) == ["mia"]


def test_a_step_that_finds_no_one_passes_to_the_next_at_once(site, noon):
    hire(site, "mia", StandardRole.MANAGER)
    incident = raise_incident(site)
    assert notified(incident) == ["mia"]


def test_managers_are_notified_where_there_is_no_one_else(site, noon):
    hire(site, "mia", StandardRole.MANAGER)
    incident = raise_incident(site, severity="moderate")
    noon.advance(600)
    assert notified(incident) == ["mia"]


def test_a_site_without_staff_records_that_no_one_was_notified(site, noon):
    incident = raise_incident(site)
    said = {timeline.describe(each) for each in incident.timeline.all()}
    assert "Step 1: everyone on duty: there is no one to notify" in said


def test_the_timeline_has_step_people_and_channels(site, noon, people):
    incident = raise_incident(site)
    noon.advance(60)
    entries = [each for each in timeline.of(incident) if each.code == "escalated"]
    assert timeline.describe(entries[0]) == ("Step 3: notified the next person on call: Ben (Bell)")


@pytest.mark.parametrize(
    ("own", "language", "shown"),
    [("", "en", "role Manager"), ("", "zh-hans", "角色“经理”"), ("Head", "en", "role Head")],
)
def test_the_timeline_names_a_role_as_the_site_and_the_language_call_it(
    site, noon, own, language, shown
):
    hire(site, "mia", StandardRole.MANAGER)
    if own:
        Role.objects.create(site=site, code=StandardRole.MANAGER, name=own)
    incident = raise_incident(site)
    with translation.override(language):
        (said,) = [timeline.describe(e) for e in incident.timeline.all() if e.code == "escalated"]
    assert shown in said


def test_an_entry_from_before_names_were_recorded_names_the_role_as_it_is_called_today(site, noon):
    Role.objects.create(site=site, code="night-watch", name="Night watch")
    incident = raise_incident(site)
    for role, shown in (("night-watch", "Night watch"), ("manager", "经理")):
        values = {"step": 1, "target": "role", "role": role}
        entry = timeline.record(incident, ESCALATED, **values)
        with translation.override("zh-hans"):
            assert f"角色“{shown}”" in timeline.describe(entry)


def test_who_was_notified_is_notified_that_the_cause_is_gone(site, noon, people):
    incident = raise_incident(site)
    services.clear(site.pk, incident.kind, incident.source)
    rows = Notification.objects.filter(is_resolution=True)
    names = rows.order_by("recipient__username").values_list("recipient__username", flat=True)
    assert list(names) == ["ann", "dora"]
    noon.advance(60)
    assert notified(incident) == ["dora", "ann", "ben"]  # a person still has to look


@pytest.mark.django_db(transaction=True)
def test_a_step_is_done_by_one_of_several_processes(site, noon, people):
    incident = raise_incident(site)
    noon.now += timedelta(seconds=60)
    at_once(*[running.do_due_steps] * 4)
    assert notified(incident) == ["dora", "ann", "ben"]


@pytest.mark.django_db(transaction=True)
def test_a_step_waits_for_whoever_is_acknowledging(site, noon, people):
    incident = raise_incident(site)
    noon.now += timedelta(seconds=60)
    with transaction.atomic():
        services.acknowledge(incident, UserFactory())
        at_once(running.do_due_steps)
    running.do_due_steps()
    assert notified(incident) == ["dora", "ann"]
