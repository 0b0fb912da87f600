"""Readings by device: one a day, none lost, none believed that cannot be true."""

import json
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from core import clock
from core.errors import Rejection
from core.jobs.lease import limited
from core.models import Job
from devices.telemetry import services as telemetry
from devices.telemetry.models import Measurement, Metric
from metering import jobs, services
from metering.models import MeterReading
from metering.selectors import to_review
from tests.factories import DeviceFactory, SiteFactory, UserFactory
from tests.metering.meters import counting, install_meter

pytestmark = pytest.mark.django_db
METRIC = "register.kwh"


@pytest.fixture
def site():
    return SiteFactory(timezone="Asia/Shanghai")


@pytest.fixture
def meter(site):
    """A meter installed ten days ago, with a device."""
    return connected(install_meter(site, at=day_at(-10, 12)))


def connected(meter, device=None, metric=METRIC, **more):
    device = device or DeviceFactory(site=meter.site, kind="meter", driver="gatehouse")
    return services.connect_device(meter, UserFactory(), device, metric, **more)


def day_at(day: int, hour: float) -> datetime:
    """Return an hour of a day in the site's timezone, relative to today."""
    zone = clock.zone("Asia/Shanghai")
    today = clock.local(clock.now() - jobs.SETTLED_AFTER, "Asia/Shanghai").date()
    return datetime.combine(today + timedelta(days=day), time(), zone) + timedelta(hours=hour)


def reports(meter, values, metric=METRIC):
    """Have the meter's device report values by (day, hour)."""
    metric_id = Metric.objects.get_or_create(name=metric)[0].pk
    now = clock.now()
    Measurement.objects.bulk_create(
        Measurement(
            device_id=meter.device_id,
            metric_id=metric_id,
            at=day_at(*when),
            received_at=now,
            value=value,
        )
        for when, value in values.items()
    )


def waiting(meter):
    return [(each.shown, each.problem) for each in to_review(meter.site)]


def test_the_last_value_of_each_day_becomes_a_reading(meter):
    reports(meter, {(-3, 0): 10, (-3, 23.9): 19.94, (-2, 0): 20, (-2, 12): 25.55, (-1, 23): 30})
    assert jobs.record_device_readings() == 3
    assert counting(meter) == ["0.0", "19.9", "25.6", "30.0"]
    last = MeterReading.objects.get(register="25.6")
    assert (last.source, last.reported, last.at) == ("device", 25.55, day_at(-2, 12))


def test_what_a_device_publishes_becomes_a_reading(meter):
    topic = f"gh/v1/{meter.site.slug}/{meter.device.code}/up/telemetry"
    body = {"v": 1, "id": "1", "at": day_at(-1, 23).isoformat(), "m": {METRIC: 42.26}}
    telemetry.accept(topic, json.dumps(body).encode(), clock.now())
    assert jobs.record_device_readings() == 1
    assert counting(meter) == ["0.0", "42.3"]


def test_a_second_run_records_no_day_twice(meter):
    reports(meter, {(-2, 12): 10, (-1, 12): 20})
    assert jobs.record_device_readings() == 2
    reports(meter, {(-1, 13): 21})
    assert jobs.record_device_readings() == 0
    assert counting(meter) == ["0.0", "10.0", "20.0"]


def test_the_present_day_is_recorded_once_it_is_over(meter):
    reports(meter, {(0, 0): 10})
    assert jobs.record_device_readings() == 0


def test_a_late_day_is_recorded_between_its_neighbours(meter):
    reports(meter, {(-4, 12): 10, (-1, 12): 40})
    jobs.record_device_readings()
    reports(meter, {(-3, 12): 20, (-2, 12): 30})
    assert jobs.record_device_readings() == 2
    assert counting(meter) == ["0.0", "10.0", "20.0", "30.0", "40.0"]


def test_a_register_that_jumps_back_is_stored_for_review(meter):
    reports(meter, {(-3, 12): 100, (-2, 12): 5, (-1, 12): 8})
    assert jobs.record_device_readings() == 3
    assert counting(meter) == ["0.0", "100.0"]
    assert waiting(meter) == [("5.0", "lower"), ("8.0", "lower")]


def test_without_a_limit_a_rollover_needs_a_confirmation(site):
    meter = connected(install_meter(site, "99990", at=day_at(-10, 12), most_per_day=None))
    reports(meter, {(-1, 12): 5})
    jobs.record_device_readings()
    (reading,) = to_review(site)
    assert reading.problem == "lower"
    services.review_reading(
        reading, UserFactory(), accept=True, reason="it has five digits", rolled_over=True
    )
    assert counting(meter) == ["99990.0", "5.0"]


def test_within_a_limit_a_devices_rollover_is_accepted(site):
    meter = connected(install_meter(site, "99990", at=day_at(-10, 12), most_per_day="20"))
    reports(meter, {(-1, 12): 5})
    jobs.record_device_readings()
    assert counting(meter) == ["99990.0", "5.0"]
    assert MeterReading.objects.get(register=5).rolled_over


def test_a_decrease_beyond_the_limit_is_not_a_rollover(site):
    meter = connected(install_meter(site, "500", at=day_at(-10, 12), most_per_day="20"))
    reports(meter, {(-2, 12): 100, (-1, 12): 101})
    jobs.record_device_readings()
    assert waiting(meter) == [("100.0", "lower"), ("101.0", "lower")]


def test_an_implausible_amount_counts_only_after_a_review(site):
    meter = connected(install_meter(site, at=day_at(-10, 12), most_per_day="10"))
    reports(meter, {(-3, 12): 900, (-2, 12): 905, (-1, 12): 910})
    jobs.record_device_readings()
    assert waiting(meter) == [("900.0", "high"), ("905.0", "high"), ("910.0", "high")]
    first = to_review(site).first()
    services.review_reading(first, UserFactory(), accept=True, reason="the pool was filled")
    assert counting(meter) == ["0.0", "900.0", "905.0", "910.0"], "what followed fits now"


def test_a_rejected_spike_does_not_affect_later_readings(site):
    meter = connected(install_meter(site, at=day_at(-10, 12), most_per_day="10"))
    reports(meter, {(-3, 12): 20, (-2, 12): 9000, (-1, 12): 40})
    jobs.record_device_readings()
    assert counting(meter) == ["0.0", "20.0", "40.0"]
    services.review_reading(to_review(site).get(), UserFactory(), accept=False, reason="noise")
    assert jobs.record_device_readings() == 0, "a rejected day is not asked for again"
    assert waiting(meter) == []


@pytest.mark.parametrize("reported", [-1.0, 100_000.0, 1e60])
def test_a_value_out_of_range_is_stored_as_reported(meter, reported):
    reports(meter, {(-1, 12): reported})
    jobs.record_device_readings()
    (reading,) = to_review(meter.site)
    assert (reading.problem, reading.reported, reading.register) == ("outside", reported, None)
    with pytest.raises(Rejection, match="whole digits"):
        services.review_reading(reading, UserFactory(), accept=True, reason="well")
    services.review_reading(reading, UserFactory(), accept=False, reason="broken")


def test_a_pulse_count_is_weighted_and_added_to_the_base(site):
    meter = connected(
        install_meter(site, "120", at=day_at(-10, 12)),
        metric="pulses",
        weight=Decimal("0.01"),
        base=Decimal(120),
    )
    reports(meter, {(-1, 12): 1234}, metric="pulses")
    jobs.record_device_readings()
    assert counting(meter) == ["120.0", "132.3"]


def test_reconnecting_a_counter_that_lost_its_count_records_its_days_again(meter):
    meter.point.most_per_day = 50
    meter.point.save()
    reports(meter, {(-4, 12): 100, (-3, 12): 3, (-2, 12): 8, (-1, 12): 12})
    jobs.record_device_readings()
    assert counting(meter) == ["0.0", "100.0"]
    assert len(waiting(meter)) == 3
    connected(meter, meter.device, base=Decimal(100))
    assert waiting(meter) == []
    jobs.record_device_readings()
    assert counting(meter) == ["0.0", "100.0", "103.0", "108.0", "112.0"]


def test_a_device_reads_one_meter_by_one_metric(meter):
    other = install_meter(meter.site, serial="E-2")
    with pytest.raises(Rejection, match="already reads another meter"):
        connected(other, meter.device)
    connected(other, meter.device, "register.other")


def test_a_device_of_another_site_cannot_read_a_meter(meter):
    with pytest.raises(Rejection, match="device"):
        connected(meter, DeviceFactory())


def test_a_meter_without_its_device_is_read_by_hand_only(meter):
    reports(meter, {(-1, 12): 10})
    services.connect_device(meter, UserFactory(), None)
    assert jobs.record_device_readings() == 0


def test_readings_under_review_are_recorded_again_for_the_replacement(meter):
    meter.point.most_per_day = 50
    meter.point.save()
    reports(meter, {(-4, 12): 100, (-3, 15): 2, (-2, 12): 6, (-1, 12): 9})
    jobs.record_device_readings()
    assert len(waiting(meter)) == 3
    new = services.NewMeter("E-2", 5, Decimal(0), 1)
    at = day_at(-3, 12)
    following = services.replace_meter(
        meter, UserFactory(), at=at, last_register=Decimal(104), new=new, reason="x",
        keep_device=True,
    )  # fmt: skip
    assert waiting(meter) == []
    jobs.record_device_readings()
    assert counting(meter) == ["0.0", "100.0", "104.0"]
    assert counting(following) == ["0.0", "2.0", "6.0", "9.0"]


def test_a_removed_meter_is_not_read(meter):
    services.retire_meter(
        meter, UserFactory(), at=day_at(-5, 0), last_register=Decimal(10), reason="gone"
    )
    reports(meter, {(-1, 12): 20})
    assert jobs.record_device_readings() == 0


def test_a_run_over_many_meters_extends_its_lease_after_each_of_them(meter):
    now = clock.now()
    job = Job.objects.create(queue="bulk", path="x", args=[], created_at=now, due_at=now)
    with limited(job):
        jobs.record_device_readings()
    job.refresh_from_db()
    assert job.claimed_until > clock.now()
