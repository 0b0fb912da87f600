"""Alarms of devices: only transitions are stored and published, in any order of messages."""

from datetime import datetime, timedelta

import pytest

from core import clock
from devices import events, inbound
from devices.models import DeadLetter, DeviceAlarm, DeviceEvent
from devices.telemetry.models import Latest
from tests.devices.messages import own, up
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def meter():
    return DeviceFactory(code="meter-1", serial=None, kind="meter", driver="gatehouse")


@pytest.fixture
def reported(heard):
    return heard(events.AlarmsReported)


def report_alarm(
    meter, alarm: str, active: bool, at: datetime | None = None, **more: object
) -> None:
    message = own(at, type="alarm", alarm=alarm, active=active, **more)
    inbound.receive(up(meter), message, clock.now())
    assert not DeadLetter.objects.exists()


def on(meter) -> set[str]:
    return set(DeviceAlarm.objects.filter(device=meter, active=True).values_list("what", flat=True))


def report(meter, at: datetime, **alarms: bool) -> events.AlarmsReported:
    """A telegram that names several alarms, and a number."""
    return events.AlarmsReported(
        device_id=meter.pk,
        site_id=meter.site_id,
        key=f"{at.timestamp()}",
        at=at,
        received_at=at,
        alarms=alarms,
        values={"register.m3": 12.5},
    )


def test_an_alarm_is_published_and_logged_when_it_comes_on_and_when_it_goes_off(meter, reported):
    for active in (True, True, False, False):
        report_alarm(meter, "leak", active)
    assert [event.alarms for event in reported] == [{"leak": True}, {"leak": False}]
    logged = DeviceEvent.objects.filter(device=meter, type="alarm").order_by("pk")
    assert [event.detail["alarms"] for event in logged] == [{"leak": True}, {"leak": False}]
    assert on(meter) == set()


def test_a_second_copy_changes_nothing(meter, reported):
    for _copy in range(2):
        report_alarm(meter, "tamper", True, id="m-1")
    assert len(reported) == DeviceEvent.objects.count() == 1


def test_alarms_are_each_as_of_the_newest_message_that_names_them(meter, reported):
    now = clock.now()
    report_alarm(meter, "leak", False, now - MINUTE)
    report_alarm(meter, "leak", True, now - 2 * MINUTE)
    report_alarm(meter, "tamper", True, now - 3 * MINUTE)
    assert on(meter) == {"tamper"}
    assert [event.alarms for event in reported] == [{"tamper": True}]


def test_of_a_message_with_all_alarms_only_changes_are_published(meter, reported, monkeypatch):
    now = clock.now().replace(microsecond=0)
    quiet = {"leak": False, "tamper": False, "battery_low": False}
    telegrams = [
        report(meter, now - 3 * MINUTE, **quiet),
        report(meter, now - 2 * MINUTE, **quiet | {"leak": True}),
        report(meter, now - MINUTE, **quiet | {"leak": True, "tamper": True}),
        report(meter, now, **quiet),
    ]
    for telegram in telegrams:
        inbound._process(telegram, None)
    assert [event.alarms for event in reported] == [
        {"leak": True},
        {"tamper": True},
        {"leak": False, "tamper": False},
    ]
    assert Latest.objects.get(device=meter).at == now  # each telegram's numbers are kept
