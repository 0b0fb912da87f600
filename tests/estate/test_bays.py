"""Bays follow their sensors, except for old messages and silent sensors."""

from datetime import timedelta

import pytest

from core import audit, clock
from core.errors import Rejection
from core.events import publish
from devices import events
from estate import services
from estate.models import Bay
from tests.factories import BayFactory, DeviceFactory
from tests.gate import staff
from tests.live import announcements

pytestmark = pytest.mark.django_db


def sensed_bay(**more):
    bay = BayFactory(**more)
    bay.sensor = DeviceFactory(site=bay.lot.site, kind="bay_sensor", driver="gatehouse")
    bay.save()
    return bay


def close(bay):
    services.restrict_bay(bay, staff(), restriction="closed", reason="oil on the floor")


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
    bay = sensed_bay()
    close(bay)
    assert report_bay(bay, True) == Bay.Status.CLOSED


@pytest.mark.parametrize("occupied", [True, False])
def test_a_bay_that_is_opened_again_is_as_its_sensor_last_reported(occupied):
    bay = sensed_bay()
    close(bay)
    report_bay(bay, occupied)
    services.free_bay(bay, staff())
    bay.refresh_from_db()
    assert bay.status == (Bay.Status.OCCUPIED if occupied else Bay.Status.FREE)
    assert (bay.restriction, bay.restriction_reason) == ("", "")


def test_a_reserved_bay_is_reserved_until_a_car_stands_in_it():
    bay = sensed_bay()
    services.restrict_bay(bay, staff(), restriction="reserved", reason="Dr Chen, until May")
    assert report_bay(bay, False) == Bay.Status.RESERVED
    assert report_bay(bay, True) == Bay.Status.OCCUPIED
    assert report_bay(bay, False) == Bay.Status.RESERVED
    publish(events.DeviceSilent(device_id=bay.sensor_id, site_id=bay.lot.site_id))
    bay.refresh_from_db()
    assert bay.status == Bay.Status.RESERVED


def test_a_restriction_is_audited_with_its_reason_and_announced():
    bay = BayFactory()
    close(bay)
    services.free_bay(bay, staff("wang"))
    services.free_bay(bay, staff("wang"))
    made = audit.history(bay.site, ("bay", bay.pk))
    assert [(entry.actor, entry.action) for entry in made] == [
        ("guard", "close bay"),
        ("wang", "free bay"),
    ]
    assert made[0].detail == {"code": bay.code, "reason": "oil on the floor"}
    assert set(announcements()) == {("bay", bay.site.pk, bay.pk)}


def test_a_restriction_needs_a_reason_and_a_bay_in_use():
    bay = BayFactory()
    for restriction, reason in (("closed", " "), ("occupied", "it is full")):
        with pytest.raises(Rejection):
            services.restrict_bay(bay, staff(), restriction=restriction, reason=reason)
    close(bay)
    with pytest.raises(Rejection, match="already"):
        close(bay)
    services.end_place(bay, staff())
    with pytest.raises(Rejection, match="has ended"):
        services.restrict_bay(bay, staff(), restriction="reserved", reason="a guest")


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
