"""A device that floods telemetry delays nobody, is reported once, and is disabled in the end."""

import json

import pytest

from core.models import Job
from devices import floods
from devices.models import DeadLetter
from devices.senders import SenderKey
from devices.telemetry import budgets
from devices.telemetry.budgets import BUDGET, TelemetryBudgets
from devices.telemetry.services import RawMessage
from incidents.models import Incident
from tests.factories import DeviceFactory

FLOOD, OTHER = "gh/v1/park/meter-1/up/telemetry", "gh/v1/park/meter-2/up/telemetry"
SENDER = SenderKey("gatehouse", "park/meter-1")


@pytest.fixture
def small(monkeypatch):
    """A budget of 100 messages or 10,000 bytes at once, 10 messages or 1,000 bytes a second."""
    made = budgets.Budget(10, 1000, 100, 10_000)
    monkeypatch.setattr(budgets, "BUDGET", made)
    return TelemetryBudgets()


def messages(topic: str, n: int, size: int = 20) -> list[RawMessage]:
    return [RawMessage(topic, b"x" * size) for _ in range(n)]


def test_a_batch_within_the_budgets_is_admitted_as_it_is(small):
    batch = [*messages(FLOOD, 50), *messages(OTHER, 100)]
    assert small.admitted(batch, 0.0) == batch
    assert small.admission.floods == {}


@pytest.mark.parametrize(("size", "admitted"), [(20, 100), (1000, 10), (4000, 2)])
def test_the_excess_of_a_flood_is_dropped_and_counted(small, size, admitted):
    batch = [*messages(FLOOD, 500, size), *messages(OTHER, 2, 20), *messages(FLOOD, 500, size)]
    kept = small.admitted(batch, 0.0)
    assert [each.topic for each in kept].count(FLOOD) == admitted
    assert [each.topic for each in kept].count(OTHER) == 2
    assert small.admission.floods[SENDER].dropped == 1000 - admitted


def test_a_flood_gets_its_rate_from_then_on(small):
    small.admitted(messages(FLOOD, 1000), 0.0)
    assert len(small.admitted(messages(FLOOD, 1000), 3.0)) == 30


def test_rejected_messages_use_the_budget_up_sooner(small):
    small.admitted(messages(FLOOD, 10), 0.0)
    small.charge_rejections([FLOOD] * 10)
    assert len(small.admitted(messages(FLOOD, 100), 0.0)) == 0


def test_a_replay_of_days_and_a_busy_site_are_within_the_budget():
    assert BUDGET.burst_messages >= 3 * 86_400
    busy = TelemetryBudgets()
    batch = [each for n in range(5) for each in messages(f"gh/v1/p/m{n}/up/telemetry", 2000)]
    for second in range(100):
        assert len(busy.admitted(batch[second:], float(second))) == len(batch) - second


def test_the_setting_switches_it_off(small, settings):
    settings.DEVICE_BUDGET = 0
    assert len(small.admitted(messages(FLOOD, 10_000), 0.0)) == 10_000


@pytest.mark.django_db(transaction=True)
def test_a_flood_of_telemetry_is_one_incident_and_ends_with_the_device_disabled(small, settings):
    meter = DeviceFactory(
        site__slug="park", code="meter-1", serial=None, driver="gatehouse", kind="meter"
    )
    for second in range(62):
        small.admitted(messages(FLOOD, 1000), float(second))
        floods.report(small.admission, float(second))
    incident = Incident.objects.get()
    assert (incident.kind, incident.occurrences) == ("device_alarm", 1)
    job = Job.objects.get(path="devices.jobs.disable_flooding_device")
    assert job.args[0] == meter.pk
    assert not DeadLetter.objects.exists()


def test_a_message_of_the_flood_that_is_admitted_is_unchanged(small):
    payload = json.dumps({"v": 1}).encode()
    assert small.admitted([RawMessage(FLOOD, payload)], 0.0) == [RawMessage(FLOOD, payload)]
