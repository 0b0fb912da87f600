"""Measurements that arrive late, or after newer ones, raise late incidents, once."""

from datetime import timedelta

import pytest

from core import clock, jobs
from core.models import Job
from incidents import selectors
from incidents.alarms import editing, index, late, stepping
from incidents.models import Incident
from incidents.rules.model import Signal
from incidents.services import review
from tests.factories import DeviceFactory, UserFactory
from tests.incidents.alarms import SILENT, enabled, measure, periods

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return DeviceFactory(kind="sensor", driver="gatehouse")


def active(device):
    return list(selectors.active(device.site).filter(kind="alarm_rule"))


def test_a_value_that_arrives_late_raises_a_late_incident_once(device):
    rule = enabled(device.site)
    measure(device, 20.0, ago=1)
    measure(device, 61.0, ago=7200)
    measure(device, 50.0, ago=7100)
    assert active(device) == []
    jobs.run_waiting()
    (incident,) = active(device)
    assert (incident.late, incident.cleared, incident.occurrences) == (True, True, 1)
    measure(device, 62.0, ago=7190)
    jobs.run_waiting()
    assert (periods(rule), active(device)[0].occurrences) == ((1, 0), 1)


def test_late_data_raises_no_alarm_where_one_covers_it(device):
    rule = enabled(device.site)
    measure(device, 61.0, ago=200)
    measure(device, 50.0, ago=100)
    rule.periods.update(began_at=clock.now() - timedelta(seconds=9000))
    measure(device, 63.0, ago=7200)
    jobs.run_waiting()
    assert periods(rule) == (1, 0)


def test_late_data_from_before_the_rule_was_enabled_raises_nothing(device):
    rule = enabled(device.site, since=timedelta(hours=1))
    measure(device, 61.0, ago=7200)
    jobs.run_waiting()
    assert periods(rule) == (0, 0)


def test_a_value_that_a_newer_one_has_overtaken_is_late(device, monkeypatch):
    rule = enabled(device.site)
    measure(device, 20.0, ago=10)
    measure(device, 61.0, ago=20)
    jobs.run_waiting()
    assert (active(device), periods(rule)) == ([], (0, 0))
    later = clock.now() + timedelta(minutes=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    jobs.run_waiting()
    (incident,) = active(device)
    assert (incident.late, periods(rule)) == (True, (1, 0))


def test_late_data_raises_nothing_where_an_incident_that_has_ended_covers_it(device):
    rule = enabled(device.site)
    measure(device, 61.0, ago=20)
    measure(device, 50.0, ago=10)
    (incident,) = active(device)
    review(incident, UserFactory(), confirmed=False, reason="a test")
    Incident.objects.filter(pk=incident.pk).update(first_at=clock.now() - timedelta(hours=3))
    measure(device, 61.0, ago=7200)
    jobs.run_waiting()
    assert (active(device), periods(rule)) == ([], (1, 0))
    measure(device, 61.0, ago=4 * 3600)
    jobs.run_waiting()
    assert (active(device)[0].late, periods(rule)) == (True, (2, 0))


def test_a_late_evaluation_of_a_disabled_rule_raises_nothing(device):
    rule = enabled(device.site)
    measure(device, 61.0, ago=7200)
    editing.disable_rule(rule, UserFactory())
    assert late.evaluate_hour(rule.pk, f"device:{device.pk}", clock.now().isoformat()) == 0


def test_the_backlog_of_a_silent_device_queues_few_evaluations(device):
    rule = enabled(device.site, SILENT | {"lasting_s": 24 * 3600})
    signals = [
        Signal(f"device:{device.pk}", SILENT["kind"], clock.now() - timedelta(minutes=n), {})
        for n in range(10, 190)
    ]
    for each in signals:
        stepping.queue_late(index.current().rules[rule.pk], each.source, [each])
    keys = Job.objects.filter(key__startswith=f"late alarm {rule.pk} ").values("key").distinct()
    assert keys.count() <= 12
