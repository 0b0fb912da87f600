"""Runs that take many dead letters again, cut off and gone on with."""

import json
from datetime import timedelta

import pytest

from core import clock
from core.errors import Rejection
from devices import inbound, replays, services
from devices.jobs import drop_old_messages
from devices.models import DeadLetter, DeviceEvent, Replay
from tests.factories import DeviceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sensor():
    """A sensor of which six messages were refused, and whose fault is mended now."""
    device = DeviceFactory(kind="bay_sensor", driver="gatehouse", serial=None)
    services.set_enabled(device, False)
    now = clock.now()
    for n in range(6):
        body = {"v": 1, "id": str(n), "at": now.isoformat(), "type": "bay", "occupied": True}
        topic = f"gh/v1/{device.site.slug}/{device.code}/up/event"
        inbound.receive(topic, json.dumps(body).encode(), now)
    services.set_enabled(device, True)
    return device


def begin(device):
    return replays.begin(device.site, DeadLetter.objects.all(), UserFactory())


def test_a_run_that_has_no_time_left_goes_on_later(sensor):
    run = begin(sensor)
    assert replays.go_on(run.pk, seconds=0) is True
    assert replays.go_on(run.pk) is False
    run.refresh_from_db()
    assert (run.done, run.failed) == (6, 0)
    assert DeviceEvent.objects.filter(device=sensor).count() == 6


def test_a_run_that_was_cut_off_takes_none_twice(sensor):
    run = begin(sensor)
    replays._take_next(run.pk)
    replays._take_next(run.pk)
    replays.go_on(run.pk)
    replays.go_on(run.pk)
    run.refresh_from_db()
    assert (run.done, run.failed) == (6, 0)


def test_what_somebody_dealt_with_meanwhile_is_left_alone(sensor):
    run = begin(sensor)
    services.discard_dead_letter(DeadLetter.objects.earliest("pk"), "technician")
    replays.go_on(run.pk)
    run.refresh_from_db()
    assert (run.done, run.failed) == (6, 0)
    assert DeviceEvent.objects.filter(device=sensor).count() == 5


def test_a_run_over_nothing_is_refused_and_leaves_no_trace(sensor):
    begin(sensor)
    DeadLetter.objects.update(discarded_at=clock.now())
    with pytest.raises(Rejection, match="letter"):
        begin(sensor)
    assert Replay.objects.count() == 1


def test_runs_are_forgotten_with_their_letters(sensor):
    run = begin(sensor)
    replays.go_on(run.pk)
    long_ago = clock.now() - timedelta(days=100)
    Replay.objects.update(begun_at=long_ago)
    DeadLetter.objects.update(received_at=long_ago)
    drop_old_messages()
    assert not Replay.objects.exists()
    assert not DeadLetter.objects.exists()
