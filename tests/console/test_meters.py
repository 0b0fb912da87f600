"""Meters in the console: readings, corrections, installation, removal."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core import clock
from core.models import AuditEntry
from estate.models import Building, Unit
from metering.models import Meter, MeterReading
from metering.usage import consumption
from tests.browsers import text
from tests.factories import DeviceFactory
from tests.metering.meters import photo

pytestmark = pytest.mark.django_db


def typed(here, days_ago: float) -> str:
    """A time as a user of the site enters it."""
    at = clock.now() - timedelta(days=days_ago)
    return f"{timezone.localtime(at, clock.zone(here.site.timezone)):%Y-%m-%dT%H:%M}"


def jpeg(content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("meter.jpg", content or photo(), "image/jpeg")


def newest(here) -> MeterReading:
    return MeterReading.objects.filter(meter=here.meter).latest("pk")


def read(here, client, **said):
    said = {"register": "130.5", "at": typed(here, 1), "photo": jpeg(), **said}
    return client.post(here.url("enter_reading", here.meter.pk), said)


def test_a_reading_is_entered_with_a_photo(here, technician):
    form = text(technician.get(here.url("enter_reading", here.meter.pk)))
    assert 'capture="environment"' in form
    assert 'enctype="multipart/form-data"' in form
    answer = read(here, technician)
    assert answer.status_code == 204
    assert "live:meter" in json.loads(answer["HX-Trigger"])
    reading = newest(here)
    assert (reading.register, reading.source) == (Decimal("130.5"), "hand")
    photo = technician.get(here.url("reading_photo", reading.pk))
    assert photo["Content-Type"] == "image/jpeg"
    assert photo["Cache-Control"].startswith("private")
    assert here.url("reading_photo", reading.pk) in text(
        technician.get(here.url("meter", here.meter.pk))
    )


def test_an_invalid_photo_is_rejected_at_its_field(here, technician):
    answer = read(here, technician, photo=jpeg(b"%PDF-1.7 nothing"))
    assert answer.status_code == 422
    assert "This photo cannot be opened" in text(answer)
    assert newest(here) == here.doubtful


def test_a_lower_reading_is_returned_with_the_confirmation_that_would_allow_it(here, technician):
    assert "rolled_over" not in text(technician.get(here.url("enter_reading", here.meter.pk)))
    answer = read(here, technician, register="90")
    assert answer.status_code == 422
    assert "90.0 is lower than 100.0" in text(answer)
    assert 'name="rolled_over"' in text(answer)
    answer = read(here, technician, register="90", rolled_over="on")
    assert answer.status_code == 422, "a whole turn of the register in nine days is not likely"
    assert 'name="accept_high"' in text(answer)


def test_a_chosen_photo_survives_a_rejected_submission(here, technician):
    def photo_id(page: str) -> str:
        return page.split('id="photograph-')[1].split('"')[0]

    url = here.url("enter_reading", here.meter.pk)
    first = text(technician.get(url))
    assert 'hx-preserve="true"' in first
    again = text(read(here, technician, register="90", draft=photo_id(first)))
    assert photo_id(again) == photo_id(first)
    assert photo_id(text(technician.get(url))) != photo_id(first)


def test_correcting_a_reading_needs_the_permission_of_the_office(here, finance, technician):
    url = here.url("correct_reading", here.reading.pk)
    said = {"register": "98.5", "reason": "Misread"}
    assert technician.post(url, said).status_code == 403
    assert finance.post(url, said).status_code == 204
    page = text(finance.get(here.url("meter", here.meter.pk)))
    assert "98.5" in page
    assert "Misread" in page
    assert "corrected" in page


def test_a_reading_is_withdrawn_with_a_reason(here, finance):
    url = here.url("withdraw_reading", here.reading.pk)
    assert finance.post(url, {"reason": ""}).status_code == 422
    assert finance.post(url, {"reason": "Belongs to another meter"}).status_code == 204
    here.reading.refresh_from_db()
    assert here.reading.state == "withdrawn"


@pytest.mark.parametrize(("finding", "state"), [("accept", "in_force"), ("reject", "rejected")])
def test_an_implausible_reading_waits_for_a_review(here, finance, finding, state):
    assert "1 reading to review" in text(finance.get(here.url("meters") + "?state=review"))
    assert "implausibly high" in text(finance.get(here.url("meter", here.meter.pk)))
    url = here.url("review_reading", here.doubtful.pk)
    assert finance.post(url, {"finding": finding, "reason": "Looked"}).status_code == 204
    here.doubtful.refresh_from_db()
    assert here.doubtful.state == state
    assert "Nothing matches" in text(finance.get(here.url("meters") + "?state=review"))


def test_the_badge_counts_readings_to_review_for_those_who_review(here, finance, technician):
    counts = json.loads(finance.get(here.url("counts"))["HX-Trigger"])["badges"]
    assert counts["readings"] == 1
    counts = json.loads(technician.get(here.url("counts"))["HX-Trigger"])["badges"]
    assert "readings" not in counts


def test_a_technician_installs_a_meter_in_a_unit(here, technician):
    building = Building.objects.create(site=here.site, code="S", name="Maple House")
    unit = Unit.objects.create(building=building, code="1201")
    said = {
        "utility": "water", "measure": "m3", "place": f"unit:{unit.pk}", "serial": "LXS-1",
        "whole_digits": "5", "decimals": "2", "multiplier": "1", "register": "12.34",
        "at": typed(here, 2),
    }  # fmt: skip
    assert 'value="unit:' in text(technician.get(here.url("install_meter")))
    answer = technician.post(here.url("install_meter"), {**said, "measure": "kWh"})
    assert "Cold water is not measured in kWh" in text(answer)
    assert technician.post(here.url("install_meter"), said).status_code == 204
    meter = Meter.objects.get(serial="LXS-1")
    assert (meter.point.unit, meter.point.building) == (unit, None)
    assert "S-1201" in text(technician.get(here.url("meters")))
    assert "LXS-1" in text(technician.get(here.url("meters") + "?utility=water&q=S-1201"))
    assert "LXS-1" not in text(technician.get(here.url("meters") + "?utility=gas"))
    answer = technician.post(here.url("install_meter"), said)
    assert "is already installed at the site" in text(answer)


def test_a_place_of_another_site_cannot_be_chosen(here, technician):
    unit = Unit.objects.create(
        building=Building.objects.create(site=DeviceFactory().site, code="9", name="Else"), code="1"
    )
    before = Meter.objects.count()
    answer = technician.post(here.url("install_meter"), {"place": f"unit:{unit.pk}"})
    assert answer.status_code == 422
    assert Meter.objects.count() == before


def test_a_meter_is_replaced_and_usage_continues(here, technician):
    url = here.url("replace_meter", here.meter.pk)
    said = {
        "at": typed(here, 1), "last_register": "130", "reason": "Broken", "serial": "E-9",
        "whole_digits": "6", "decimals": "0", "multiplier": "1", "register": "7",
    }  # fmt: skip
    refused = technician.post(url, {**said, "last_register": "99"})
    assert refused.status_code == 422
    assert "99.0 is lower than 100.0" in text(refused)
    assert technician.post(url, said).status_code == 204
    following = Meter.objects.get(serial="E-9")
    assert following.point == here.meter.point
    found = consumption(following.point, clock.now() - timedelta(days=30), clock.now())
    assert found.amount == 130
    page = text(technician.get(here.url("meter", following.pk)))
    assert here.url("meter", here.meter.pk) in page
    assert "E-1" in text(technician.get(here.url("meters") + "?state=removed"))


def test_a_removed_meter_offers_no_second_removal(here, technician):
    url = here.url("retire_meter", here.meter.pk)
    said = {"at": typed(here, 1), "last_register": "130", "reason": "Broken"}
    assert technician.post(url, said).status_code == 204
    assert url not in text(technician.get(here.url("meter", here.meter.pk)))
    assert "already removed" in text(technician.post(url, said))


def test_a_device_of_this_site_is_chosen_to_read_a_meter(here, technician):
    device = DeviceFactory(site=here.site, kind="meter", code="pulse-1")
    elsewhere = DeviceFactory(kind="meter", code="pulse-2")
    url = here.url("connect_meter", here.meter.pk)
    shown = text(technician.get(url))
    assert device.code in shown
    assert elsewhere.code not in shown
    said = {"device": device.pk, "metric": "", "weight": "0.01", "base": "100"}
    assert "a metric is required" in text(technician.post(url, said)).lower()
    assert technician.post(url, {**said, "metric": "pulses"}).status_code == 204
    here.meter.refresh_from_db()
    assert (here.meter.device, here.meter.weight) == (device, Decimal("0.01"))
    assert technician.post(url, {"weight": "1", "base": "0"}).status_code == 204
    here.meter.refresh_from_db()
    assert here.meter.device is None


def test_a_higher_limit_accepts_the_readings_that_waited(here, technician):
    url = here.url("meter_limit", here.meter.pk)
    assert technician.post(url, {"most_per_day": "0"}).status_code == 422
    assert technician.post(url, {"most_per_day": "2000"}).status_code == 204
    here.doubtful.refresh_from_db()
    assert here.doubtful.state == "in_force"


def test_the_list_shows_overdue_meters(here, finance):
    assert "Nothing matches" in text(finance.get(here.url("meters") + "?unread=35"))
    shown = text(finance.get(here.url("meters") + "?unread=5"))
    assert here.url("meter", here.meter.pk) in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "E-1"}, True),
        ({"q": "no such meter"}, False),
        ({"utility": "electricity"}, True),
        ({"utility": "gas"}, False),
        ({"state": "removed"}, False),
        ({"unread": "a week"}, True),
    ],
)
def test_a_meter_is_found_by_its_name_utility_and_state(here, finance, query, found):
    rows = finance.get(here.url("meters"), query).context["rows"]
    assert (here.meter in rows) == found


def test_the_readings_of_one_meter_are_listed_and_exported_by_state(here, finance):
    address = here.url("meter_readings", here.meter.pk)
    assert here.reading in finance.get(address).context["rows"]
    waiting = finance.get(address, {"state": "review"})
    assert waiting.context["rows"] == [here.doubtful]
    assert here.url("review_reading", here.doubtful.pk) in text(waiting)
    exported = finance.get(address, {"state": "review", "export": "csv"})
    lines = b"".join(exported.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "manual" in lines[1] or "device" in lines[1]


def test_viewing_a_household_s_usage_is_audited(here, finance):
    finance.get(here.url("meter", here.meter.pk))
    entry = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert (entry.action, entry.subject) == ("read meter", ("meter", str(here.meter.pk)))


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_time_at_the_end_of_the_calendar_is_rejected(here, manager, at):
    new = {"utility": "water", "measure": "m3", "place": "site", "serial": "S9", "at": at}
    face = {"whole_digits": "5", "decimals": "1", "multiplier": "1", "register": "0"}
    assert manager.post(here.url("install_meter"), {**new, **face}).status_code == 422
    assert manager.get(here.url("meters")).status_code == 200
