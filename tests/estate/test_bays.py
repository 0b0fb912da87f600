"""Bays follow their sensors; nobody's word is taken for an old message or a silent sensor."""

from datetime import timedelta

import pytest

from core import clock
from devices import events
from estate.models import Bay
from tests.factories import BayFactory, DeviceFactory

pytestmark = pytest.mark.django_db


def sensed_bay(**more):
    bay = BayFactory(**more)
    bay.sensor = DeviceFactory(site=bay.lot.site, kind="bay_sensor", driver="gatehouse")
    bay.save()
    return bay


def tell(bay, occupied, ago=timedelta()):
    now = clock.now()
    events.publish(
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


def test_a_bay_fills_and_empties():
    bay = sensed_bay()
    assert tell(bay, True) == Bay.Status.OCCUPIED
    assert tell(bay, False) == Bay.Status.FREE


def test_a_message_older_than_what_is_shown_changes_nothing():
    bay = sensed_bay()
    tell(bay, True)
    assert tell(bay, False, ago=timedelta(minutes=5)) == Bay.Status.OCCUPIED


def test_a_closed_bay_stays_closed():
    assert tell(sensed_bay(status="closed"), True) == Bay.Status.CLOSED


def test_the_bay_of_a_silent_sensor_is_unknown():
    bay = sensed_bay(status="free")
    events.publish(events.DeviceSilent(device_id=bay.sensor_id, site_id=bay.lot.site_id))
    bay.refresh_from_db()
    assert bay.status == Bay.Status.UNKNOWN


def test_a_sensor_without_a_bay_changes_none():
    bay = sensed_bay(status="free")
    stray = DeviceFactory(site=bay.lot.site)
    events.publish(events.DeviceSilent(device_id=stray.pk, site_id=stray.site_id))
    bay.refresh_from_db()
    assert bay.status == "free"
