"""Escalating by hand: the next step of the plan is done at once."""

import pytest

from core.errors import Rejection
from core.models import AuditEntry, Notification
from core.permissions import StandardRole
from incidents import services, timeline
from incidents.escalation import shifts
from incidents.escalation.manual import escalate_now, next_step
from incidents.models import EscalationRun
from tests.factories import UserFactory
from tests.incidents.escalation.staff import add_layer, hire, notified, raise_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(site, noon):
    """A guard on duty; three are on call in turns, and there is a manager."""
    dora = hire(site, "dora")
    shifts.start_shift(site, dora)
    add_layer(site, *(hire(site, name) for name in ("ann", "ben", "carl")))
    hire(site, "mia", StandardRole.MANAGER)
    return dora


def escalate(incident, actor):
    """Escalate it as a person does who confirms what is shown; return whom that names."""
    step = next_step(incident, actor)
    escalate_now(incident, actor, step.key)
    return [user.username for each in step.reached for user in each.people]


def test_the_next_person_on_call_is_notified_at_once_and_the_later_steps_follow(site, noon, dora):
    incident = raise_incident(site)
    noon.advance(10)
    assert escalate(incident, dora) == ["ben"]
    assert notified(incident) == ["dora", "ann", "ben"]
    noon.advance(59)
    assert notified(incident) == ["dora", "ann", "ben"]
    noon.advance(1)
    assert notified(incident) == ["dora", "ann", "ben", "mia"]


def test_after_an_acknowledgement_one_step_is_done_and_no_other_follows(site, noon, dora):
    incident = raise_incident(site)
    services.acknowledge(incident, dora)
    assert escalate(incident, dora) == ["ben"]
    noon.advance(3600)
    assert notified(incident) == ["dora", "ann", "ben"]
    assert EscalationRun.objects.get().end == "acknowledged"
    assert escalate(incident, dora) == ["mia"]


def test_after_the_last_step_the_first_one_is_next(site, noon, dora):
    incident = raise_incident(site, severity="moderate")
    noon.advance(600)
    assert EscalationRun.objects.get().end == "steps_done"
    assert escalate(incident, UserFactory()) == ["dora"]
    assert escalate(incident, UserFactory()) == ["ann"]


def test_whoever_escalates_is_not_notified(site, noon, dora):
    ben = next(each for each in hired(site) if each.username == "ben")
    incident = raise_incident(site)
    services.acknowledge(incident, ben)
    assert escalate(incident, ben) == ["carl"]


def hired(site):
    return [each.user for each in site.memberships.select_related("user")]


def test_maintenance_is_escalated_at_night_once_a_person_wants_it(site, noon, dora):
    hire(site, "tom", StandardRole.TECHNICIAN)
    noon.advance(11 * 3600)  # 23:00
    incident = raise_incident(site, kind="device_offline", severity="minor")
    assert notified(incident) == []
    assert escalate(incident, dora) == ["tom"]
    assert notified(incident) == ["tom"]


def test_an_incident_that_was_found_late_is_escalated_from_then_on(site, noon, dora):
    incident = raise_incident(site, late=True)
    assert notified(incident) == []
    assert escalate(incident, UserFactory()) == ["dora", "ann"]
    noon.advance(60)
    assert notified(incident) == ["dora", "ann", "ben"]
    services.review(incident, dora, confirmed=False, reason="a test")
    assert Notification.objects.filter(is_resolution=True).count() == 3


def test_it_stands_in_the_timeline_and_in_the_audit(site, noon, dora):
    incident = raise_incident(site)
    escalate(incident, dora)
    said = [(each.actor, timeline.describe(each)) for each in timeline.of(incident)[:2]]
    assert said == [
        (None, "Step 3: notified the next person on call: Ben (Bell)"),
        (dora, "Escalated"),
    ]
    entry = AuditEntry.objects.get(action="escalate incident")
    assert (entry.subject_id, entry.detail["step"]) == (str(incident.pk), "0-2")
    text = Notification.objects.latest("pk").text
    assert text == "escalated"


def test_a_step_that_was_done_meanwhile_is_not_skipped(site, noon, dora):
    incident = raise_incident(site)
    seen = next_step(incident, dora).key
    noon.advance(60)
    with pytest.raises(Rejection, match="done meanwhile"):
        escalate_now(incident, dora, seen)
    assert notified(incident) == ["dora", "ann", "ben"]


def test_an_incident_that_has_ended_is_not_escalated(site, noon, dora):
    incident = raise_incident(site)
    seen = next_step(incident, dora).key
    services.review(incident, dora, confirmed=False, reason="a test")
    with pytest.raises(Rejection, match="has ended"):
        escalate_now(incident, dora, seen)


def test_without_anyone_to_notify_it_is_rejected(site, noon):
    incident = raise_incident(site)
    actor = UserFactory()
    step = next_step(incident, actor)
    assert step.reached == []
    with pytest.raises(Rejection, match="no one to notify"):
        escalate_now(incident, actor, step.key)
    assert not AuditEntry.objects.filter(action="escalate incident").exists()
