"""Measurements that arrive late, out of order, twice or across restarts raise what they should."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import clock, jobs
from incidents.alarms import index, timers
from incidents.models import AlarmPeriod, EscalationRun, Incident
from incidents.rules.model import Signal
from incidents.rules.parsing import parse
from incidents.rules.replay import replay
from tests.factories import DeviceFactory
from tests.incidents.alarms import HOT, enabled, measure

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 9, 52, tzinfo=UTC)
LONG_AGO = timedelta(days=30)
MINUTE = timedelta(minutes=1)
# In time, in time but overtaken by newer ones, late, and much later.
DELAYS = st.sampled_from([0, 0, 0, 90, 200, 400, 7200])


@st.composite
def histories(draw):
    """Draw measurements: minute, value, delay in seconds, whether twice, and before a restart."""
    minutes = draw(st.lists(st.integers(0, 20), min_size=1, max_size=9, unique=True))
    values, flags = st.sampled_from([50, 58, 61, 65]), st.sampled_from([False, False, True])
    return [(minute, draw(values), draw(DELAYS), draw(flags), draw(flags)) for minute in minutes]


@pytest.fixture
def set_clock(monkeypatch):
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


class Played:
    """A rule that has evaluated a history of one device."""

    def __init__(self, set_clock, condition, history):
        self.set_clock, self.history = set_clock, history
        set_clock(START)
        self.device = DeviceFactory(kind="sensor", driver="gatehouse")
        self.rule = enabled(self.device.site, condition)
        for at, arrival, value, restarts in self.arrivals():
            self.go_to(arrival)
            if restarts:
                index.forget()
            measure(self.device, value, ago=(arrival - at).total_seconds())
        self.go_to(START + timedelta(days=1))

    def arrivals(self):
        found = []
        for minute, value, delay, twice, restarts in self.history:
            at = START + minute * MINUTE
            arrival = at + timedelta(seconds=delay)
            found.append((at, arrival, value, restarts))
            if twice:
                found.append((at, arrival + timedelta(seconds=700), value, False))
        return sorted(found, key=lambda each: (each[1], each[0]))

    def go_to(self, now):
        """Let time pass, and do what is due."""
        self.set_clock(now)
        timers.advance_due(now, now - LONG_AGO)
        jobs.run_waiting()

    def periods(self):
        rows = AlarmPeriod.objects.filter(rule=self.rule).order_by("began_at")
        return [(each.began_at, each.ended_at, each.late) for each in rows]

    def in_order(self):
        """The periods that the same measurements have in order."""
        signals = [
            Signal("device:1", HOT["kind"], START + minute * MINUTE, {"value": value})
            for minute, value, *_rest in sorted(self.history)
        ]
        rule = parse(self.rule.definition, "UTC")
        until = START + timedelta(days=1)
        return replay(rule, signals, START - timedelta(days=1), until)


def overlaps(one, other):
    return one[0] <= (other[1] or datetime.max.replace(tzinfo=UTC)) and other[0] <= (
        one[1] or datetime.max.replace(tzinfo=UTC)
    )


def played(set_clock, lasting_s, history):
    return Played(set_clock, HOT | {"lasting_s": lasting_s}, history)


OVERTAKEN = [(3, 50, 0, False, False), (2, 61, 90, False, False)]
CLEARED_BEFORE = [(0, 61, 400, False, False), (1, 65, 0, False, False), (3, 50, 0, False, False)]


@settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
@given(history=histories(), lasting_s=st.sampled_from([0, 0, 120]))
@example(history=OVERTAKEN, lasting_s=0)
@example(history=CLEARED_BEFORE, lasting_s=120)
def test_each_alarm_is_raised_once_in_whatever_order_its_data_arrive(set_clock, history, lasting_s):
    savepoint = transaction.savepoint()
    run = played(set_clock, lasting_s, history)
    found = run.periods()
    expected = [(each.began_at, each.ended_at) for each in run.in_order()]
    for each in expected:
        assert any(overlaps(each, other) for other in found), "an alarm is missing"
    if not lasting_s:
        for each in found:
            assert any(overlaps(each, other) for other in expected), "an alarm without a cause"
    for before, after in pairwise(found):
        assert not overlaps(before, after), "an alarm was raised twice"
    if all(delay == 0 for _minute, _value, delay, *_rest in history):
        assert [each[:2] for each in found] == expected
    incidents = list(Incident.objects.filter(rule=run.rule))
    assert len(incidents) == bool(found)
    for each in incidents:
        assert each.occurrences == len(found)
        assert each.late == all(late for *_times, late in found)
        assert EscalationRun.objects.filter(incident=each).exists() == (not each.late)
    transaction.savepoint_rollback(savepoint)


@settings(max_examples=10, derandomize=True, suppress_health_check=list(HealthCheck))
@given(history=histories(), lasting_s=st.sampled_from([0, 120]))
def test_repeated_data_and_restarts_change_no_alarm(set_clock, history, lasting_s):
    savepoint = transaction.savepoint()
    plain = [(*each[:3], False, False) for each in history]
    before = played(set_clock, lasting_s, plain).periods()
    assert played(set_clock, lasting_s, history).periods() == before
    transaction.savepoint_rollback(savepoint)
