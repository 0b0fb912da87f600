"""A resident sees the own meters, and sends a reading with a photo."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core import clock
from metering.models import ReadingWindow
from tests.browsers import signed_in
from tests.factories import BindingFactory, OccupancyFactory
from tests.metering.meters import install_meter
from tests.photos import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return OccupancyFactory(role="owner", begins_on=clock.now().date() - timedelta(days=90))


@pytest.fixture
def meter(home):
    at = clock.now() - timedelta(days=400)
    return install_meter(home.unit.site, unit=home.unit, at=at)


@pytest.fixture
def resident(home):
    return BindingFactory(person=home.person)


def url(name, resident, *rows):
    return reverse(f"portal:{name}", args=[resident.pk, *rows])


def post(resident, meter, register):
    photo = SimpleUploadedFile("meter.jpg", jpeg(96, 72), "image/jpeg")
    values = {"register": register, "photo": photo}
    return signed_in(resident.user).post(url("send_reading", resident, meter.pk), values)


def test_a_reading_is_sent_within_the_window(resident, meter):
    ReadingWindow.objects.create(site=meter.site, first_day=2, last_day=1)
    assert post(resident, meter, "55.5").status_code == 302
    assert str(meter.readings.latest("pk").register) == "55.5000"


def test_outside_the_window_the_page_says_so(resident, meter):
    today = clock.local(clock.now(), meter.site.timezone).day
    closed = 14 if today < 10 else 1
    ReadingWindow.objects.create(site=meter.site, first_day=closed, last_day=closed)
    text = signed_in(resident.user).get(url("own_meters", resident)).content.decode()
    assert "Today is outside these days." in text
    assert post(resident, meter, "55.5").status_code == 422


def test_readings_of_the_household_before_are_not_shown(resident, meter):
    text = signed_in(resident.user).get(url("own_meter", resident, meter.pk)).content.decode()
    assert "0.0" not in text.split("Readings")[-1]
    before = meter.readings.get()
    answer = signed_in(resident.user).get(url("own_reading_photo", resident, before.pk))
    assert answer.status_code == 404


def test_where_residents_send_no_readings_the_page_says_so(resident, meter):
    text = signed_in(resident.user).get(url("send_reading", resident, meter.pk)).content.decode()
    assert "Readings are not taken from residents here." in text
