"""Dead letters under a legal hold are kept, whatever limit they are above."""

from datetime import timedelta

import pytest

from core import clock
from core.retention import place_hold
from core.retention.holds import Subject
from devices import dead_letters, inbound, jobs
from devices.models import DeadLetter
from tests.devices.messages import up
from tests.factories import DeviceFactory, UserFactory

DAY = timedelta(days=1)


@pytest.fixture
def sensor(db):
    return DeviceFactory(code="bay-7", serial=None, driver="gatehouse", kind="bay_sensor")


def stored_bytes() -> list[int]:
    """Return the sizes of the stored payloads, the newest first."""
    return [len(one.payload) for one in DeadLetter.objects.order_by("-pk")]


@pytest.mark.django_db
def test_what_a_legal_hold_covers_is_kept_above_every_limit(monkeypatch, sensor):
    now = clock.now()
    period = Subject(kind="period", begins_at=now - DAY, until_at=now + DAY)
    place_hold(sensor.site, UserFactory(), period, reason="a case", ends_at=now + 30 * DAY)
    monkeypatch.setattr(dead_letters, "KEPT_EQUAL", 2)
    monkeypatch.setattr(dead_letters, "KEPT_OF_SENDER", 3)
    monkeypatch.setattr(dead_letters, "KEPT_OF_SITE", 3)
    monkeypatch.setattr(dead_letters, "BYTES_OF_SENDER", 100)
    monkeypatch.setattr(dead_letters, "BYTES_OF_SITE", 100)
    for n in range(5):
        inbound.receive(up(sensor), b"x" * 90 + b"%d" % n, now)
    assert jobs.limit_dead_letters() == 0
    assert stored_bytes() == [91] * 5
    assert set(DeadLetter.objects.values_list("occurrences", flat=True)) == {1}
    inbound.receive(up(sensor), b"x" * 92, now + 2 * DAY)
    assert stored_bytes() == [92, *[91] * 5], "the newest is not covered, and within the limits"
