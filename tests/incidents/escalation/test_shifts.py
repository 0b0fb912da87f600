"""Shifts: who is on duty, what is handed over, and what the pages of people sound."""

import pytest

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from incidents import services, timeline
from incidents.escalation import shifts, sounds
from incidents.escalation.responders import on_duty
from incidents.escalation.sounds import sounds_for
from incidents.escalation.trial_alarms import send_test_alarm
from incidents.models import HandOver, Shift
from tests.at_once import at_once
from tests.factories import UserFactory
from tests.incidents.escalation.staff import add_layer, hire, raise_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(site, noon):
    return hire(site, "ann")


@pytest.fixture
def ben(site, noon):
    return hire(site, "ben")


def tones(site, user):
    return [each.tone for each in sounds_for(site, user).sounds]


def test_a_person_is_on_duty_from_the_start_of_a_shift_to_its_end(site, ann):
    shifts.start_shift(site, ann)
    assert on_duty(site) == [ann]
    shifts.end_shift(site, ann)
    assert on_duty(site) == []


def test_a_shift_is_started_once(site, ann):
    first, second = shifts.start_shift(site, ann), shifts.start_shift(site, ann)
    assert first.shift == second.shift
    assert AuditEntry.objects.filter(action="start shift").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_start_one_shift(site, ann):
    at_once(*[lambda: shifts.start_shift(site, ann)] * 2)
    assert Shift.objects.count() == 1


def test_without_a_shift_there_is_nothing_to_end(site, ann):
    assert shifts.end_shift(site, ann) is None


def test_open_incidents_are_handed_over_and_both_people_are_recorded(site, noon, ann, ben):
    shifts.start_shift(site, ann)
    open_one, closed = raise_incident(site), raise_incident(site, source="device:2")
    services.review(closed, UserFactory(), confirmed=False, reason="a test")
    row = shifts.end_shift(site, ann, " watch gate 2 ")
    assert (row.incidents, row.note, row.taken_over_by) == ([open_one.pk], "watch gate 2", None)
    begun = shifts.start_shift(site, ben)
    assert begun.taken_over == [row]
    row.refresh_from_db()
    assert (row.shift.user, row.taken_over_by, row.taken_over_at) == (ann, ben, noon.now)
    found = [(each.code, each.actor) for each in timeline.of(open_one)]
    assert found[:2] == [("taken_over", ben), ("handed_over", ann)]


def test_a_colleague_on_duty_takes_over(site, ann, ben):
    for user in (ann, ben):
        shifts.start_shift(site, user)
    shifts.end_shift(site, ann)
    shifts.take_over(site, ben)
    assert HandOver.objects.get().taken_over_by == ben


def test_only_who_is_on_duty_takes_over(site, ann, ben):
    shifts.start_shift(site, ann)
    shifts.end_shift(site, ann)
    with pytest.raises(Rejection) as rejected:
        shifts.take_over(site, ben)
    assert rejected.value.code == "not_on_duty"


def test_the_page_of_a_person_on_duty_sounds_until_an_acknowledgement(site, ann):
    shifts.start_shift(site, ann)
    incident = raise_incident(site, severity="extreme")
    (sound,) = sounds_for(site, ann).sounds
    assert (sound.tone, sound.repeats) == ("extreme", True)
    services.acknowledge(incident, ann)
    assert tones(site, ann) == []


def test_a_reviewed_incident_sounds_no_more(site, ann):
    shifts.start_shift(site, ann)
    incident = raise_incident(site, severity="extreme")
    services.review(incident, UserFactory(), confirmed=True, reason="seen on the camera")
    assert tones(site, ann) == []


def test_a_rise_in_severity_sounds_again(site, ann):
    shifts.start_shift(site, ann)
    raise_incident(site, severity="minor")
    (before,) = sounds_for(site, ann).sounds
    raise_incident(site, severity="severe")
    (after,) = sounds_for(site, ann).sounds
    assert before.key != after.key


def test_a_moderate_incident_sounds_once_and_not_on_pages_opened_later(site, noon, ann):
    shifts.start_shift(site, ann)
    raise_incident(site, severity="moderate")
    assert [each.repeats for each in sounds_for(site, ann).sounds] == [False]
    noon.advance(61)
    assert tones(site, ann) == []


def test_a_severe_incident_sounds_through_a_storm_of_lesser_ones(site, noon, ann, monkeypatch):
    monkeypatch.setattr(sounds, "MOST", 4)
    shifts.start_shift(site, ann)
    raise_incident(site, severity="severe", source="device:1")
    noon.advance(120)
    for number in range(sounds.MOST + 1):
        services.raise_incident(
            site.pk, "intrusion", f"device:{number + 2}", "minor", clock.now(), {}
        )
    assert tones(site, ann)[0] == "severe"
    noon.advance(120)
    assert tones(site, ann) == ["severe"]


def test_a_late_incident_is_silent(site, ann):
    shifts.start_shift(site, ann)
    raise_incident(site, late=True)
    assert tones(site, ann) == []


def test_off_duty_pages_sound_what_the_person_was_notified_of(site, noon, ann, ben):
    add_layer(site, ann, ben)
    raise_incident(site)
    assert (tones(site, ann), tones(site, ben)) == (["severe"], [])
    noon.advance(60)
    assert tones(site, ben) == ["severe"]


def test_a_test_alarm_sounds_for_its_recipients_until_it_is_acknowledged(site, noon, ann, ben):
    send_test_alarm(site, ben, [ann])
    assert (tones(site, ann), tones(site, ben)) == (["test"], [])
    noon.advance(601)
    assert tones(site, ann) == []


def test_what_a_page_is_answered_names_no_kind_plate_or_person(site, ann):
    shifts.start_shift(site, ann)
    incident = raise_incident(site)
    assert sounds_for(site, ann).as_json() == {
        "on_duty": True,
        "sounds": [{"key": f"{incident.pk}:severe", "tone": "severe", "repeats": True}],
    }
