"""Runs that replay many dead letters, killed and resumed."""

import json
from datetime import timedelta

import pytest

from core import clock, jobs, runs
from core.errors import Rejection
from core.models import Run
from devices import inbound, replays, services
from devices.jobs import delete_expired_messages
from devices.models import DeadLetter, DeviceEvent
from tests.factories import DeviceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sensor():
    """A sensor of which six messages were refused, with the fault fixed since."""
    device = DeviceFactory(kind="bay_sensor", driver="gatehouse", serial=None)
    services.set_enabled(device, False)
    now = clock.now()
    for n in range(6):
        body = {"v": 1, "id": str(n), "at": now.isoformat(), "type": "bay", "occupied": True}
        topic = f"gh/v1/{device.site.slug}/{device.code}/up/event"
        inbound.receive(topic, json.dumps(body).encode(), now)
    services.set_enabled(device, True)
    return device


def start(device):
    return replays.start(device.site, DeadLetter.objects.all(), UserFactory())


def test_a_run_of_many_slices_replays_every_letter_once(sensor, monkeypatch):
    run = start(sensor)
    monkeypatch.setattr(runs, "SLICE_S", 0.0)
    jobs.run_waiting()
    run.refresh_from_db()
    assert (run.done, run.failed) == (6, 0)
    assert DeviceEvent.objects.filter(device=sensor).count() == 6


def test_a_run_that_was_killed_replays_none_twice(sensor):
    run = start(sensor)
    runs.work_on_chunk(run.pk)
    runs.work_on_chunk(run.pk)
    runs.work(run.pk)
    runs.work(run.pk)
    run.refresh_from_db()
    assert (run.done, run.failed) == (6, 0)


def test_a_letter_that_was_discarded_meanwhile_is_not_replayed(sensor):
    run = start(sensor)
    services.discard_dead_letter(DeadLetter.objects.earliest("pk"), "technician")
    runs.work(run.pk)
    run.refresh_from_db()
    assert (run.done, run.failed) == (6, 0)
    assert DeviceEvent.objects.filter(device=sensor).count() == 5


def test_a_run_over_nothing_is_rejected_and_leaves_no_row(sensor):
    start(sensor)
    DeadLetter.objects.update(discarded_at=clock.now())
    with pytest.raises(Rejection, match="letter"):
        start(sensor)
    assert Run.objects.count() == 1


def test_runs_are_deleted_with_their_letters(sensor):
    run = start(sensor)
    runs.work(run.pk)
    long_ago = clock.now() - timedelta(days=100)
    Run.objects.update(created_at=long_ago)
    DeadLetter.objects.update(received_at=long_ago)
    delete_expired_messages()
    assert not Run.objects.exists()
    assert not DeadLetter.objects.exists()
