"""Counts of how well a camera reads, and the incident when it reads worse."""

from datetime import timedelta

import pytest

from access import accuracy, services
from access.accuracy import Figures, by_band, by_day, count_day, count_site, hours_of
from access.declines import UNTIL_USUAL, watch_site
from access.incident_kinds import CAMERA_ACCURACY
from access.jobs import watch_cameras
from access.models import CameraDecline, CameraHour, Passage, PlateRead
from core import clock
from incidents.models import Incident
from tests.factories import VehicleFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db

PLATE = "粤B12345"


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def today(gate: GateScene):
    return clock.local(clock.now(), gate.site.timezone).date()


def count(gate: GateScene, days_ago: int, hour: int, *, total: int = 100, **counts: int) -> None:
    """Store what the entry's camera read in an hour."""
    given = {"readings": total, "found": total, "right": total, "wrong": 0} | counts
    CameraHour.objects.update_or_create(
        site=gate.site,
        device=gate.entry.camera,
        day=today(gate) - timedelta(days=days_ago),
        hour=hour,
        defaults=given,
    )


def usual_weeks(gate: GateScene, *hours: int) -> None:
    """Four weeks, until the day before yesterday, of 95 right readings in 100 at each hour."""
    for days_ago in range(2, 30):
        for hour in hours:
            count(gate, days_ago, hour, right=95, wrong=5)


def incidents(gate: GateScene):
    return Incident.objects.filter(site=gate.site, kind=CAMERA_ACCURACY)


def active(gate: GateScene) -> bool:
    return incidents(gate).exclude(state__in=Incident.ENDED).exists()


def counted(gate, lane) -> Figures:
    """What was counted at a lane's camera in two days, by day and at night."""
    bands = by_band(hours_of(gate.site, 2, lane.camera))
    return bands[False] + bands[True]


def test_readings_are_counted_by_camera_and_hour_of_the_site(gate):
    VehicleFactory(site=gate.site, plate=PLATE, begins_at=clock.now() - timedelta(days=1))
    gate.sees(gate.entry, PLATE, confidence=0.96)
    passage = gate.sees(gate.entry, "粤B77777", confidence=0.98)
    services.correct_read(passage, "粤B77771", staff(), "dirt")
    gate.sees(gate.exit, "粤C00001", confidence=0.92)
    count_site(gate.site)
    entry = counted(gate, gate.entry)
    assert (entry.readings, entry.found, entry.right, entry.wrong) == (2, 2, 1, 1)
    assert entry.mean_confidence == pytest.approx(0.97)
    assert (entry.share_wrong, entry.share_right) == (0.5, 0.5)
    assert counted(gate, gate.exit).readings == 1


def test_a_correction_of_yesterday_is_counted_with_yesterday(gate):
    passage = gate.sees(gate.entry, PLATE, ago=timedelta(days=1))
    count_site(gate.site)
    services.correct_read(passage, "粤B12340", staff(), "dirt")
    count_site(gate.site)
    days = by_day(hours_of(gate.site, 3))
    day = clock.local(passage.seen_at, gate.site.timezone).date()
    assert [(key, each.wrong, each.readings) for key, each in days.items()] == [(day, 1, 1)]


def test_counts_stay_when_the_readings_are_deleted(gate):
    passage = gate.sees(gate.entry, PLATE)
    count_site(gate.site)
    PlateRead.objects.filter(passage=passage).delete()
    Passage.objects.filter(pk=passage.pk).update(redacted=True)
    count_day(gate.site, clock.local(passage.seen_at, gate.site.timezone).date())
    assert counted(gate, gate.entry).readings == 1


def test_the_night_is_told_from_the_day(gate):
    count(gate, 0, 3, total=10)
    count(gate, 0, 22, total=20)
    count(gate, 0, 12, total=40)
    bands = by_band(hours_of(gate.site, 1))
    assert (bands[True].readings, bands[False].readings) == (30, 40)


def test_old_counts_are_deleted(gate):
    count(gate, accuracy.KEPT_DAYS + 2, 12)
    count(gate, 1, 12)
    accuracy.delete_old_hours()
    assert CameraHour.objects.filter(site=gate.site).count() == 1


def test_a_steady_camera_raises_nothing(gate):
    usual_weeks(gate, 12)
    count(gate, 1, 12, right=94, wrong=6)
    count(gate, 0, 12, right=96, wrong=4)
    watch_site(gate.site)
    assert not incidents(gate).exists()


def test_a_camera_that_reads_worse_raises_one_incident_until_it_has_recovered(gate):
    usual_weeks(gate, 12)
    count(gate, 1, 12, right=80, wrong=20)
    count(gate, 0, 12, right=80, wrong=20)
    assert watch_site(gate.site) == 1
    assert watch_site(gate.site) == 1
    incident = incidents(gate).get()
    assert (incident.source, incident.occurrences) == (f"device:{gate.entry.camera_id}", 1)
    detail = incident.log.get().detail
    assert (detail["measure"], detail["night"], detail["share"]) == ("right", False, 0.8)
    count(gate, 0, 13, right=90, wrong=10)
    count(gate, 0, 14, right=91, wrong=9)
    watch_site(gate.site)
    assert active(gate), "better, but not as before"
    count(gate, 0, 15, right=95, wrong=5)
    count(gate, 0, 16, right=95, wrong=5)
    assert watch_site(gate.site) == 0
    assert not active(gate)


def test_photos_without_a_plate_are_a_decline_of_their_own(gate):
    usual_weeks(gate, 12)
    count(gate, 0, 12, total=200, found=120)
    watch_site(gate.site)
    assert CameraDecline.objects.get().measure == CameraDecline.Measure.FOUND
    assert active(gate)


def test_a_night_that_is_as_bad_as_every_night_is_no_decline(gate):
    usual_weeks(gate, 12)
    for days_ago in range(30):
        count(gate, days_ago, 23, right=70, wrong=30)
    watch_site(gate.site)
    assert not incidents(gate).exists()


def test_a_lamp_that_fails_is_a_decline_of_the_night(gate):
    usual_weeks(gate, 12, 23)
    count(gate, 1, 23, right=60, wrong=40)
    count(gate, 0, 3, right=60, wrong=40)
    count(gate, 0, 12, right=95, wrong=5)
    watch_site(gate.site)
    assert CameraDecline.objects.get().night


def test_an_incident_with_two_declines_is_cleared_after_both(gate):
    usual_weeks(gate, 12, 23)
    for hour in (12, 23):
        count(gate, 0, hour, total=200, found=100, right=200)
    assert watch_site(gate.site) == 2
    count(gate, 0, 13, total=200)
    assert watch_site(gate.site) == 1
    assert active(gate)
    count(gate, 0, 22, total=200)
    CameraHour.objects.filter(hour=23, day=today(gate)).update(found=200)
    assert watch_site(gate.site) == 0
    assert not active(gate)
    assert incidents(gate).count() == 1


def test_a_new_camera_has_nothing_to_be_compared_with(gate):
    count(gate, 1, 12, right=95, wrong=5)
    count(gate, 0, 12, right=10, wrong=90)
    watch_site(gate.site)
    assert not incidents(gate).exists()


def test_readings_of_weeks_ago_are_not_recent(gate):
    for days_ago in range(9, 30):
        count(gate, days_ago, 12, right=95, wrong=5)
    count(gate, 8, 12, total=300, right=100, wrong=200)
    watch_site(gate.site)
    assert not incidents(gate).exists()


def test_a_decline_is_usual_after_weeks(gate):
    usual_weeks(gate, 12)
    count(gate, 0, 12, total=200, right=150, wrong=50)
    watch_site(gate.site)
    CameraHour.objects.update(right=75, wrong=25)
    CameraDecline.objects.update(opened_at=clock.now() - UNTIL_USUAL - timedelta(hours=1))
    assert watch_site(gate.site) == 0
    assert not active(gate)


def test_the_job_counts_and_watches_every_site(gate):
    usual_weeks(gate, 12)
    count(gate, 0, 12, total=200, right=150, wrong=50)
    elsewhere = GateScene.build()
    elsewhere.sees(elsewhere.entry, PLATE)
    watch_cameras()
    assert active(gate)
    assert not active(elsewhere)
    assert counted(elsewhere, elsewhere.entry).readings == 1
