"""Bays follow their sensors, except for old messages and silent sensors."""

from datetime import timedelta

import pytest

from core import clock
from core.events import publish
from devices import events
from estate.models import Bay
from tests.factories import BayFactory, DeviceFactory
from tests.live import announcements

pytestmark = pytest.mark.django_db


def sensed_bay(**more):
    bay = BayFactory(**more)
    bay.sensor = DeviceFactory(site=bay.lot.site, kind="bay_sensor", driver="gatehouse")
    bay.save()
    return bay


def report_bay(bay, occupied, ago=timedelta()):
    now = clock.now()
    publish(
        events.BayChanged(
            device_id=bay.sensor_id,
            site_id=bay.lot.site_id,
            key=str(now),
            at=now - ago,
            received_at=now,
            occupied=occupied,
        )
    )
    bay.refresh_from_db()
    return bay.status


def test_a_bay_becomes_occupied_and_free():
    bay = sensed_bay()
    assert report_bay(bay, True) == Bay.Status.OCCUPIED
    assert report_bay(bay, False) == Bay.Status.FREE


def test_a_message_older_than_the_last_one_is_ignored():
    bay = sensed_bay()
    report_bay(bay, True)
    assert report_bay(bay, False, ago=timedelta(minutes=5)) == Bay.Status.OCCUPIED


def test_a_closed_bay_stays_closed():
    assert report_bay(sensed_bay(status="closed"), True) == Bay.Status.CLOSED


def test_the_bay_of_a_silent_sensor_is_unknown():
    bay = sensed_bay(status="free")
    publish(events.DeviceSilent(device_id=bay.sensor_id, site_id=bay.lot.site_id))
    bay.refresh_from_db()
    assert bay.status == Bay.Status.UNKNOWN


def test_a_sensor_with_a_slow_clock_is_accepted_again_after_a_silence():
    bay = sensed_bay()
    slow = timedelta(minutes=10)
    report_bay(bay, True, ago=slow)
    publish(events.DeviceSilent(device_id=bay.sensor_id, site_id=bay.lot.site_id))
    assert report_bay(bay, False, ago=slow) == Bay.Status.FREE


def test_a_bay_is_announced_only_when_it_changes():
    bay = sensed_bay(status="free")
    report_bay(bay, True)
    report_bay(bay, True)
    assert announcements() == [("bay", bay.lot.site_id, bay.pk)]


def test_a_sensor_without_a_bay_is_ignored():
    bay = sensed_bay(status="free")
    stray = DeviceFactory(site=bay.lot.site)
    publish(events.DeviceSilent(device_id=stray.pk, site_id=stray.site_id))
    bay.refresh_from_db()
    assert bay.status == "free"
