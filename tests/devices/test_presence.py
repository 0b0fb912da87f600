"""Presence: online, silent past the interval, back online."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.events import publish, subscribe_together
from devices import events, inbound, jobs, presence, services
from devices.models import DeadLetter, Device, DeviceEvent
from devices.presence import Presence
from incidents.models import Incident
from tests.devices.messages import own, up
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db

LONG_AGO = clock.now() - timedelta(days=1)


@pytest.fixture
def sensor():
    return DeviceFactory(code="bay-7", serial=None, driver="gatehouse", interval_s=60)


def hear(sensor, *, ago: float = 0) -> None:
    """The sensor's last message is so many seconds old."""
    received = clock.now() - timedelta(seconds=ago)
    gathered = Presence()
    gathered.record(
        events.BayChanged(
            device_id=sensor.pk,
            site_id=sensor.site_id,
            key="e1",
            at=received,
            received_at=received,
            occupied=True,
        )
    )
    gathered.write()
    sensor.refresh_from_db()


def test_a_device_that_speaks_is_online(sensor, heard, announced):
    states = heard(events.StateReported)
    hear(sensor)
    assert sensor.state == "online"
    assert [event.online for event in states] == [True]
    assert announced() == [("device", sensor.site_id)]
    hear(sensor)
    assert len(states) == len(announced()) == 1


def test_of_two_processes_the_later_message_counts(sensor):
    hear(sensor, ago=1)
    later = (sensor.last_seen_at, sensor.alert_after)
    hear(sensor, ago=30)
    assert (sensor.last_seen_at, sensor.alert_after) == later


def test_a_device_silent_past_its_interval_is_offline_and_published_once(sensor, heard):
    silent = heard(events.DeviceSilent)
    hear(sensor, ago=70)
    assert [jobs.mark_silent_devices(LONG_AGO), jobs.mark_silent_devices(LONG_AGO)] == [1, 0]
    sensor.refresh_from_db()
    assert sensor.state == "offline"
    assert [event.device_id for event in silent] == [sensor.pk]


def test_a_device_within_its_interval_is_not_missed(sensor):
    hear(sensor, ago=60)
    assert jobs.mark_silent_devices(LONG_AGO) == 0


def test_a_device_that_never_sent_a_message_is_not_reported_offline(sensor):
    assert jobs.mark_silent_devices(LONG_AGO) == 0


def test_silence_while_no_process_listens_does_not_count(sensor):
    hear(sensor, ago=3600)
    assert jobs.mark_silent_devices(clock.now() - timedelta(seconds=59)) == 0
    assert jobs.mark_silent_devices(clock.now() - timedelta(seconds=61)) == 1


def test_a_device_that_is_back_is_online_and_may_be_missed_again(sensor, heard):
    states = heard(events.StateReported)
    hear(sensor, ago=70)
    jobs.mark_silent_devices(LONG_AGO)
    hear(sensor, ago=70)
    assert [event.online for event in states] == [True, True]
    assert jobs.mark_silent_devices(LONG_AGO) == 1


def back_at_once(devices: list[Device]) -> None:
    gathered, now = Presence(), clock.now()
    for each in devices:
        spoke = events.StateReported(
            device_id=each.pk,
            site_id=each.site_id,
            key="e1",
            at=now,
            received_at=now,
            online=True,
        )
        gathered.record(spoke)
    gathered.write()


def test_devices_that_are_back_together_end_their_incidents_with_a_few_statements():
    devices = DeviceFactory.create_batch(9, interval_s=60, state="offline")
    for each in devices[:7]:
        publish(events.DeviceSilent(device_id=each.pk, site_id=each.site_id))
    back_at_once(devices[7:])
    with CaptureQueriesContext(connection) as two:
        back_at_once(devices[5:7])
    with CaptureQueriesContext(connection) as four:
        back_at_once(devices[1:5])
    assert len(four) == len(two)
    active = Incident.objects.exclude(state__in=Incident.ENDED)
    assert [each.source for each in active] == [f"device:{devices[0].pk}"]


def test_an_app_that_fails_for_one_device_handles_the_others(only_handlers):
    devices = DeviceFactory.create_batch(3, interval_s=60)
    handled: list[int] = []

    def breaks_at_first(reported: Sequence[events.StateReported]) -> None:
        if devices[0].pk in [each.device_id for each in reported]:
            raise ZeroDivisionError
        handled.extend(each.device_id for each in reported)

    only_handlers(events.StateReported)
    subscribe_together(events.StateReported, breaks_at_first)
    back_at_once(devices)
    assert handled == [devices[1].pk, devices[2].pk]
    assert set(Device.objects.values_list("state", flat=True)) == {"online"}


def test_a_last_will_makes_it_offline_and_a_silence_after_it_an_incident(sensor, heard):
    silent = heard(events.DeviceSilent)
    hear(sensor)
    inbound.receive(up(sensor, "status"), own(online=False), clock.now())
    sensor.refresh_from_db()
    assert sensor.state == "offline"
    assert silent == []
    Device.objects.update(alert_after=clock.now())
    assert jobs.mark_silent_devices(LONG_AGO) == 1


def test_an_app_that_fails_does_not_keep_a_device_from_being_offline(sensor, only_handlers):
    def broken(event: events.DeviceSilent) -> None:
        raise ZeroDivisionError

    only_handlers(events.DeviceSilent, broken)
    hear(sensor, ago=70)
    assert jobs.mark_silent_devices(LONG_AGO) == 1
    sensor.refresh_from_db()
    assert sensor.state == "offline"


def test_the_interval_counts_from_the_last_writing():
    now = clock.now()
    assert presence.alert_after(now, 60) == now + timedelta(seconds=60) + presence.WRITE_INTERVAL


def test_old_messages_and_letters_are_dropped_and_younger_ones_kept(sensor):
    inbound.receive(up(sensor), own(type="bay", occupied=True, id="new"), clock.now())
    inbound.receive(up(sensor), own(type="bay", occupied=True, id="old"), clock.now())
    inbound.receive(up(sensor), b"{", clock.now())
    inbound.receive(up(sensor), b"[", clock.now())
    old = clock.now() - timedelta(days=400)
    DeviceEvent.objects.filter(key="old").update(received_at=old)
    DeadLetter.objects.filter(size=1).first().delete()
    DeadLetter.objects.update(received_at=old)
    jobs.erase_details()  # what a message said goes first
    assert jobs.delete_expired_messages() == 2
    assert [event.key for event in DeviceEvent.objects.all()] == ["new"]


def test_what_a_message_said_is_forgotten_before_its_key(sensor):
    old = clock.now() - timedelta(days=30, hours=1)
    detail = {"plate": "沪A12345"}
    event = DeviceEvent.objects.create(
        device=sensor, key="k1", type="plate", at=old, received_at=old, detail=detail
    )
    fresh = DeviceEvent.objects.create(
        device=sensor, key="k2", type="plate", at=old, received_at=clock.now(), detail=detail
    )
    assert jobs.erase_details() == 1
    event.refresh_from_db()
    fresh.refresh_from_db()
    assert (event.detail, fresh.detail) == ({}, detail)


def test_a_device_that_was_disabled_since_it_spoke_stays_as_it_was_left(sensor, heard):
    states = heard(events.StateReported)
    hear(sensor)
    services.set_enabled(sensor, False)
    hear(sensor)
    assert (sensor.state, sensor.alert_after) == ("unknown", None)
    assert len(states) == 1


def test_who_is_missed_is_asked_of_the_index_and_not_of_every_device(sensor):
    many = DeviceFactory.build_batch(2_000, site=sensor.site)
    for device in many:
        device.alert_after = clock.now() + timedelta(hours=1)
    Device.objects.bulk_create(many)
    hear(sensor, ago=70)
    asked: list[tuple[str, object]] = []

    def listen(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE devices_device")
    with connection.execute_wrapper(listen):
        assert jobs.mark_silent_devices(LONG_AGO) == 1
    query = next(each for each in asked if "ORDER BY" in each[0])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + query[0], query[1])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan using devices_device_alert_after" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("online", [False, True])
def test_a_word_of_hours_ago_that_is_replayed_changes_nothing_now(sensor, heard, online):
    before = clock.now() - timedelta(hours=3)
    services.set_enabled(sensor, False)
    inbound.receive(up(sensor, "status"), own(online=online, firmware="1.0", at=before), before)
    services.set_enabled(sensor, True)
    inbound.receive(up(sensor, "status"), own(online=not online, firmware="1.1"), clock.now())
    sensor.refresh_from_db()
    told, known = heard(events.StateReported), (sensor.state, sensor.alert_after, sensor.firmware)
    services.replay_dead_letter(DeadLetter.objects.get(), "technician")
    sensor.refresh_from_db()
    assert (sensor.state, sensor.alert_after, sensor.firmware) == known
    assert told == []
    assert DeviceEvent.objects.filter(device=sensor).count() == 2
