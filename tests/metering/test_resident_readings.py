"""Residents send readings with a photo, within the site's window."""

from decimal import Decimal

import pytest

from core.errors import Rejection
from core.rate_limits import TooManyAttempts
from metering.models import MeterReading, ReadingWindow
from metering.services import is_window_open, set_reading_window, submit_reading
from metering.services.resident_readings import OF_READINGS
from tests.factories import SiteFactory, UserFactory
from tests.metering.meters import install_meter
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
PHOTO = jpeg(96, 72)


def open_meter(**options):
    """A meter of a site at which readings can be sent today."""
    meter = install_meter(**options)
    ReadingWindow.objects.create(site=meter.site, first_day=2, last_day=1)
    return meter


def send(meter, register, **options):
    return submit_reading(meter, UserFactory(), register=Decimal(register), photo=PHOTO, **options)


def test_a_plausible_reading_is_in_force_with_its_photo():
    reading = send(open_meter(), "120.5")
    assert (reading.state, reading.source) == ("in_force", "hand")
    assert reading.photo


def test_an_implausible_reading_is_confirmed_first_and_then_reviewed():
    meter = open_meter()
    send(meter, "300")
    with pytest.raises(Rejection) as caught:
        send(meter, "200")
    assert caught.value.override == "confirmed"
    reading = send(meter, "200", confirmed=True)
    assert (reading.state, reading.problem) == ("review", "lower")


def test_outside_the_window_no_reading_is_stored():
    meter = install_meter()
    with pytest.raises(Rejection) as caught:
        send(meter, "10")
    assert caught.value.code == "closed"
    assert MeterReading.objects.filter(meter=meter).count() == 1


@pytest.mark.parametrize(
    ("first", "last", "inside", "outside"),
    [(5, 10, (5, 7, 10), (4, 11, 28)), (25, 3, (25, 31, 1, 3), (4, 24)), (7, 7, (7,), (6, 8))],
)
def test_a_window_may_go_on_into_the_next_month(first, last, inside, outside):
    window = ReadingWindow(first_day=first, last_day=last)
    assert all(window.contains(day) for day in inside)
    assert not any(window.contains(day) for day in outside)


def test_readings_of_one_meter_are_limited():
    meter = open_meter()
    for value in range(OF_READINGS.free):
        send(meter, str(value + 1))
    with pytest.raises(TooManyAttempts):
        send(meter, "100")


def test_a_window_is_set_changed_and_closed():
    site, manager = SiteFactory(), UserFactory()
    set_reading_window(site, manager, first_day=2, last_day=1)
    assert is_window_open(site)
    set_reading_window(site, manager, first_day=None, last_day=None)
    assert not is_window_open(site)


@pytest.mark.parametrize("days", [(None, 3), (0, 3), (1, 29)])
def test_days_that_not_every_month_has_are_rejected(days):
    with pytest.raises(Rejection):
        set_reading_window(SiteFactory(), UserFactory(), first_day=days[0], last_day=days[1])
