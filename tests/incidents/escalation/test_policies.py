"""Which steps an incident follows, and what people enter of policies."""

import pytest
from django.utils import translation

from core.errors import Rejection
from core.models import AuditEntry, Notification
from core.permissions import StandardRole
from incidents.escalation import policies, policy_editing
from incidents.escalation.plans import Step
from incidents.escalation.policy_editing import PolicyValues
from incidents.escalation.trial_alarms import (
    acknowledge_test_alarm,
    deliveries_of,
    record_sound,
    send_test_alarm,
)
from incidents.models import EscalationPolicy, Incident
from incidents.models.escalation import Target
from tests.factories import UserFactory
from tests.incidents.escalation.staff import hire, notified, raise_incident

pytestmark = pytest.mark.django_db
ON_DUTY = Step(0, Target.ON_DUTY.value)


@pytest.fixture
def mia(site, noon):
    return hire(site, "mia", StandardRole.MANAGER)


def add(site, actor, *steps, **values):
    return policy_editing.add_policy(
        site, actor, PolicyValues(values.pop("name", "x"), steps or [ON_DUTY], **values)
    )


def incident(site, kind="intrusion", severity="moderate", source="device:1"):
    return Incident(site=site, kind=kind, severity=severity, source=source)


@pytest.mark.parametrize(
    ("kind", "severity", "source", "expected"),
    [
        ("intrusion", "severe", "device:1", "urgent"),
        ("intrusion", "extreme", "device:1", "urgent"),
        ("intrusion", "moderate", "device:1", "routine"),
        ("sos", "minor", "device:1", "urgent"),
        ("smoke_fire", "moderate", "device:1", "urgent"),
        ("device_alarm", "minor", "device:1:battery_low", "maintenance"),
        ("device_alarm", "severe", "device:1:fault", "maintenance"),
        ("device_alarm", "severe", "device:1:gas", "urgent"),
        ("device_offline", "minor", "device:1", "maintenance"),
    ],
)
def test_without_a_policy_the_standard_steps_apply(site, kind, severity, source, expected):
    found = policies.standard_of(incident(site, kind, severity, source))
    assert found.code == expected


def test_the_first_policy_that_fits_applies(site, mia):
    add(site, mia, name="minor", severities=["minor"])
    add(site, mia, name="intrusion", kinds=["intrusion"])
    add(site, mia, name="all")
    assert policies.choose(incident(site)).policy == "intrusion"
    assert policies.choose(incident(site, severity="minor")).policy == "minor"
    assert policies.choose(incident(site, kind="sos")).policy == "all"


def test_the_order_of_policies_can_be_changed(site, mia):
    add(site, mia, name="first")
    second = add(site, mia, name="second")
    policy_editing.move_policy_up(second, mia)
    assert policies.choose(incident(site)).policy == "second"
    policy_editing.move_policy_up(second, mia)
    assert policies.choose(incident(site)).policy == "second"


def test_maintenance_waits_for_the_day_whatever_the_policy(site, mia):
    add(site, mia)
    chosen = policies.choose(incident(site, "device_offline", "severe"))
    assert (chosen.plan.by_day, chosen.plan.urgent) == (True, False)


def test_a_policy_notifies_chosen_people_and_roles(site, noon, mia):
    ann = hire(site, "ann")
    add(site, mia, Step(0, Target.PEOPLE.value, users=(ann.pk,)), Step(5, "role", role="manager"))
    raised = raise_incident(site)
    noon.advance(5)
    assert notified(raised) == ["ann", "mia"]


def test_an_escalation_keeps_the_steps_with_which_it_began(site, noon, mia):
    ann = hire(site, "ann")
    policy = add(site, mia, Step(10, Target.PEOPLE.value, users=(ann.pk,)))
    raised = raise_incident(site)
    policy_editing.remove_policy(policy, mia)
    noon.advance(10)
    assert notified(raised) == ["ann"]


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"name": ""}, "name", "missing"),
        ({"steps": []}, "steps", "wrong_number"),
        ({"steps": [ON_DUTY] * 13}, "steps", "wrong_number"),
        ({"kinds": ["flood"]}, "kinds", "not_a_choice"),
        ({"severities": ["awful"]}, "severities", "not_a_choice"),
        ({"repeats": 21}, "repeats", "out_of_range"),
        ({"steps": [Step(86_401, "on_duty")]}, "wait_s", "out_of_range"),
        ({"steps": [Step(0, "everyone")]}, "target", "not_a_choice"),
        ({"steps": [Step(0, "role", role="chief")]}, "role", "not_a_choice"),
        ({"steps": [Step(0, "people")]}, "users", "missing"),
    ],
)
def test_an_invalid_policy_is_rejected_and_nothing_is_stored(site, mia, values, field, code):
    entered = {"name": "x", "steps": [ON_DUTY], **values}
    with pytest.raises(Rejection) as rejected:
        policy_editing.add_policy(site, mia, PolicyValues(**entered))
    assert (rejected.value.field, rejected.value.code) == (field, code)
    assert not EscalationPolicy.objects.exists()


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        ({"kinds": ["flood"]}, "烟雾或火情"),
        ({"severities": ["awful"]}, "严重"),
        ({"steps": [Step(0, "everyone")]}, "在岗"),
        ({"steps": [Step(0, "role", role="chief")]}, "财务"),
    ],
)
def test_what_may_be_chosen_is_offered_in_words(site, mia, values, offered):
    with translation.override("zh-hans"), pytest.raises(Rejection) as rejected:
        policy_editing.add_policy(
            site, mia, PolicyValues(**{"name": "x", "steps": [ON_DUTY]} | values)
        )
    assert offered in rejected.value.hint
    assert "_" not in rejected.value.hint, "no codes"


def test_people_of_a_step_may_see_incidents(site, mia):
    with pytest.raises(Rejection) as rejected:
        add(site, mia, Step(0, "people", users=(UserFactory().pk,)))
    assert rejected.value.code == "not_a_responder"


def test_a_change_of_a_policy_is_audited(site, mia):
    policy = add(site, mia)
    values = PolicyValues("x", [ON_DUTY, Step(60, "on_call")], repeats=2)
    policy_editing.change_policy(policy, mia, values)
    detail = AuditEntry.objects.get(action="change escalation policy").detail
    assert detail["repeats"] == [0, 2]
    assert len(detail["steps"][1]) == 2


def test_a_test_alarm_is_no_incident_and_says_that_it_is_a_test(site, noon, mia):
    ann = hire(site, "ann")
    send_test_alarm(site, mia, [ann])
    notification = Notification.objects.get()
    assert (notification.recipient, notification.title, notification.urgent) == (ann, "test", True)
    assert not Incident.objects.exists()


def test_the_result_of_a_test_alarm_shows_what_has_arrived(site, noon, mia):
    ann = hire(site, "ann")
    alarm = send_test_alarm(site, mia, [ann, mia])
    assert set(deliveries_of(alarm)) == {ann.pk, mia.pk}
    noon.advance(1)
    record_sound(site, ann)
    noon.advance(1)
    assert acknowledge_test_alarm(alarm, ann)
    assert not acknowledge_test_alarm(alarm, ann)
    row = alarm.recipients.get(user=ann)
    assert (row.acknowledged_at - row.sounded_at).total_seconds() == 1
    assert alarm.recipients.get(user=mia).acknowledged_at is None


def test_a_test_alarm_needs_people_who_may_see_incidents(site, mia):
    for people in ([], [UserFactory()]):
        with pytest.raises(Rejection):
            send_test_alarm(site, mia, people)
