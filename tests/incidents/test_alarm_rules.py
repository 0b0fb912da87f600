"""Alarm rules at work: telemetry and device events raise and clear incidents."""

from datetime import timedelta

import pytest
from django.db import transaction

from core import clock, jobs
from core.events import publish
from devices import events
from devices.telemetry.models import Measurement
from devices.telemetry.services import RawMessage, store_batch
from incidents import selectors
from incidents.alarms import device_signals, index, signals, timers
from incidents.models import AlarmState, Incident
from incidents.services import review
from tests.factories import DeviceFactory, UserFactory
from tests.incidents.alarms import HITS, HOT, SILENT, enabled, measure, periods

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=30)


@pytest.fixture
def device():
    return DeviceFactory(kind="sensor", driver="gatehouse")


def tick(seconds=0.0):
    """Let time pass in the process that stores telemetry."""
    now = clock.now() + timedelta(seconds=seconds)
    return timers.advance_due(now, now - LONG_AGO)


def active(device):
    return list(selectors.active(device.site).filter(kind="alarm_rule"))


def test_a_value_beyond_the_limit_raises_an_incident_of_the_rules_severity(device):
    rule = enabled(device.site)
    measure(device, 60.0, ago=3)
    assert active(device) == []
    measure(device, 61.0, ago=2)
    (incident,) = active(device)
    assert (incident.rule, incident.severity, incident.title) == (rule, "moderate", "too hot")
    assert selectors.device_of(incident) == device
    assert incident.log.get().detail == {
        "device": device.pk,
        "metric": "temperature.c",
        "value": 61.0,
    }


def test_the_alarm_is_raised_once_and_cleared_at_the_other_limit(device):
    rule = enabled(device.site)
    for ago, value in enumerate([61.0, 62.0, 58.0, 63.0]):
        measure(device, value, ago=10 - ago)
    (incident,) = active(device)
    assert (incident.occurrences, incident.cleared, periods(rule)) == (1, False, (1, 1))
    measure(device, 54.0, ago=1)
    incident.refresh_from_db()
    assert (incident.cleared, incident.state, periods(rule)) == (True, "detected", (1, 0))


def test_a_rule_that_closes_by_itself_ends_the_incident(device):
    enabled(device.site, auto_clear=True)
    measure(device, 61.0, ago=3)
    measure(device, 50.0, ago=2)
    incident = Incident.objects.get()
    assert (incident.state, incident.cleared) == ("closed", True)


def test_the_same_cause_again_counts_under_the_incident_that_waits_for_review(device):
    enabled(device.site)
    for ago, value in enumerate([61.0, 50.0, 61.0]):
        measure(device, value, ago=10 - ago)
    (incident,) = active(device)
    assert (incident.occurrences, incident.cleared) == (2, False)


def test_after_a_review_the_next_alarm_is_a_new_incident(device):
    enabled(device.site)
    measure(device, 61.0, ago=9)
    measure(device, 50.0, ago=8)
    review(active(device)[0], UserFactory(), confirmed=False, reason="a test")
    measure(device, 61.0, ago=7)
    assert (len(active(device)), Incident.objects.count()) == (1, 2)


def test_each_rule_has_its_own_incident_of_a_device(device):
    enabled(device.site)
    enabled(device.site, HOT | {"limit": 80, "clear": 80}, name="much too hot", severity="severe")
    measure(device, 90.0, ago=1)
    assert {each.severity for each in active(device)} == {"moderate", "severe"}


def test_telemetry_of_the_broker_is_evaluated_in_batches(device):
    enabled(device.site)
    now = clock.now()
    payloads = [
        b'{"v": 1, "id": %d, "at": "%s", "m": {"temperature.c": %d}}'
        % (n, (now - timedelta(seconds=5 - n)).isoformat().encode(), value)
        for n, value in enumerate([61, 50, 62])
    ]
    topic = f"gh/v1/{device.site.slug}/{device.code}/up/telemetry"
    assert store_batch([RawMessage(topic, each) for each in payloads], now).rows == 3
    assert active(device)[0].occurrences == 2


def test_the_order_of_arrival_within_a_batch_does_not_matter(device):
    rule = enabled(device.site)
    now = clock.now()
    reports = [
        events.StoredReport(
            device.pk, device.site_id, now - timedelta(seconds=ago), {"temperature.c": value}
        )
        for ago, value in [(3, 50.0), (5, 61.0)]
    ]
    publish(events.TelemetryStored(reports, now))
    assert periods(rule) == (1, 0)


def test_a_batch_that_the_broker_sends_twice_raises_nothing_twice(device):
    rule = enabled(device.site)
    now = clock.now()
    topic = f"gh/v1/{device.site.slug}/{device.code}/up/telemetry"
    batch = [
        RawMessage(
            topic,
            b'{"v": 1, "id": %d, "at": "%s", "m": {"temperature.c": %d}}'
            % (n, (now - timedelta(seconds=5 - n)).isoformat().encode(), value),
        )
        for n, value in enumerate([61, 50])
    ]
    for _time in range(3):
        store_batch(batch, now)
    jobs.run_waiting()
    assert (periods(rule), active(device)[0].occurrences) == ((1, 0), 1)


def test_a_duration_that_runs_out_raises_without_another_value(device):
    enabled(device.site, HOT | {"lasting_s": 60})
    measure(device, 61.0, ago=50)
    assert (tick(), active(device)) == (0, [])
    assert tick(15) == 1
    assert active(device)[0].first_at == AlarmState.objects.get().rule.periods.get().began_at


def test_values_at_rest_are_not_stored_as_states(device):
    enabled(device.site)
    measure(device, 20.0)
    assert not AlarmState.objects.exists()


def test_a_state_survives_a_restart(device):
    enabled(device.site, HOT | {"lasting_s": 60})
    measure(device, 61.0, ago=55)
    index.forget()
    measure(device, 61.0, ago=20)
    index.forget()
    tick(15)
    assert len(active(device)) == 1


def test_silence_raises_an_alarm_that_the_next_value_ends(device):
    measure(device, 20.0)
    enabled(device.site, SILENT)
    measure(device, 20.0, ago=-1000)
    tick(4500)
    assert active(device) == []
    tick(4700)
    (incident,) = active(device)
    measure(device, 20.0, ago=-4690)
    incident.refresh_from_db()
    assert incident.cleared


def silent(device):
    """Whether an incident about the silence of this device is active."""
    return any(f"device:{device.pk}:" in each.source for each in active(device))


def test_a_device_that_was_added_later_is_watched_from_its_first_report_on(device):
    enabled(device.site, SILENT)
    added = DeviceFactory(site=device.site, kind="sensor", driver="gatehouse")
    index.forget()
    timers.watch_added_devices()
    tick(3700)
    assert not silent(added), "it may have no thermometer"
    measure(added, 20.0)
    timers.watch_added_devices()
    tick(3500)
    assert not silent(added)
    tick(3700)
    assert silent(added)


def test_a_device_that_the_rule_names_is_expected_to_report(device):
    other = DeviceFactory(site=device.site, kind="sensor", driver="gatehouse")
    enabled(device.site, SILENT, since=timedelta(), devices=[other])
    tick(3500)
    assert not silent(other)
    tick(3700)
    assert (silent(other), silent(device)) == (True, False)


@pytest.mark.parametrize(("joined", "expected"), [("any", False), ("all", True)])
def test_a_value_that_a_device_never_reported_is_not_missed_alone(device, joined, expected):
    damp = SILENT | {"kind": "telemetry.humidity.percent"}
    measure(device, 20.0)
    enabled(device.site, {"type": joined, "parts": [SILENT, damp]}, since=timedelta())
    tick(3700)
    assert silent(device) == expected
    measure(device, 40.0, metric="humidity.percent")
    timers.watch_added_devices()
    tick(7500)
    assert silent(device)


def test_a_lane_and_events_count_from_the_beginning_and_from_the_first(device):
    hits = {"type": "absence", "kind": "barrier", "lasting_s": 3600}
    enabled(device.site, hits, since=timedelta())
    tick(3700)
    assert not silent(device)
    happens(device, events.BarrierMoved, 0, change="hit")
    tick(3700)
    assert silent(device)


def test_time_counts_only_after_the_process_has_received_for_as_long(device):
    enabled(device.site, HOT | {"lasting_s": 60})
    measure(device, 61.0, ago=100)
    now = clock.now()
    assert timers.advance_due(now, now - timedelta(seconds=30)) == 0
    assert timers.advance_due(now, now - timedelta(seconds=60)) == 1


def test_a_disabled_device_is_not_silent(device):
    enabled(device.site, SILENT, devices=[device])
    device.delete()
    index.forget()
    tick(4000)
    assert not Incident.objects.exists()


def happens(device, kind, ago=0.0, **fields):
    at = clock.now() - timedelta(seconds=ago)
    head = {"device_id": device.pk, "site_id": device.site_id, "key": str(ago)}
    publish(kind(at=at, received_at=at, **head, **fields))


def test_events_of_devices_are_counted(device):
    enabled(device.site, HITS)
    happens(device, events.BarrierMoved, 60, change="hit")
    happens(device, events.BarrierMoved, 30, change="opened")
    assert active(device) == []
    happens(device, events.BarrierMoved, 10, change="hit")
    assert len(active(device)) == 1
    tick(700)
    assert active(device)[0].cleared


@pytest.mark.parametrize(
    ("event", "fields", "equals"),
    [
        (events.DoorMoved, {"door": 1, "change": "held"}, "held"),
        (events.CarMoved, {"movement": "lingering"}, "lingering"),
        (events.AlarmsReported, {"alarms": {"leak": True, "tamper": False}}, "leak"),
        (events.CredentialSeen, {"means": "card", "credential": "1", "granted": False}, "denied"),
    ],
)
def test_each_kind_of_device_event_may_be_watched(device, event, fields, equals):
    kind = device_signals.KINDS[event]
    condition = {"type": "count", "kind": kind.name, "least": 1, "within_s": 60}
    enabled(device.site, condition | {"field": kind.field, "equals": equals})
    happens(device, event, 5, **fields)
    assert len(active(device)) == 1
    assert equals in kind.choices


def test_signals_of_a_room_above_are_evaluated_after_its_commit(device):
    enabled(device.site, HITS | {"least": 1})
    signal = device_signals.signals_of(
        events.BarrierMoved(
            device_id=device.pk,
            site_id=device.site_id,
            key="1",
            at=clock.now(),
            received_at=clock.now(),
            change="hit",
        )
    )
    signals.observe_afterwards(device.site_id, signal)
    assert active(device) == []
    jobs.run_waiting()
    assert len(active(device)) == 1


def test_a_rule_watches_only_its_kind_of_device_its_car_park_and_its_devices(device):
    other = DeviceFactory(site=device.site, kind="meter", driver="gatehouse")
    enabled(device.site, device_kind="meter")
    enabled(device.site, name="only this", devices=[device])
    measure(device, 61.0, ago=1)
    measure(other, 61.0, ago=1)
    assert {each.title: selectors.device_of(each) for each in active(device)} == {
        "too hot": other,
        "only this": device,
    }


def test_another_sites_devices_are_not_watched(device):
    enabled(DeviceFactory().site)
    measure(device, 61.0, ago=1)
    assert not Incident.objects.exists()


def test_a_fault_of_a_rule_neither_loses_telemetry_nor_events(device, monkeypatch):
    enabled(device.site)
    monkeypatch.setattr(signals, "step_all", lambda *_args: 1 / 0)
    measure(device, 61.0)
    assert Measurement.objects.count() == 1
    with transaction.atomic():
        happens(device, events.BarrierMoved, change="hit")
    assert Incident.objects.filter(kind="barrier_hit").exists()


def test_an_invalid_rule_in_the_database_does_not_stop_the_others(device):
    broken = enabled(device.site)
    enabled(device.site, name="still watching")
    broken.definition = {"condition": {"type": "of another version"}}
    broken.save(update_fields=["definition"])
    index.forget()
    measure(device, 61.0)
    assert [each.title for each in active(device)] == ["still watching"]


RISE = {
    "type": "rate",
    "kind": "telemetry.temperature.c",
    "field": "value",
    "rises": True,
    "amount": 8,
    "within_s": 600,
}


def test_a_quick_rise_raises_an_alarm_and_a_slow_one_does_not(device):
    rule = enabled(device.site, RISE)
    for ago, value in [(290, 20.0), (280, 21.0), (275, 27.0)]:
        measure(device, value, ago=ago)
    assert periods(rule) == (0, 0)
    measure(device, 28.0, ago=274)
    assert (periods(rule), active(device)[0].cleared) == ((1, 1), False)
    tick(320)
    assert (periods(rule), active(device)[0].cleared) == ((1, 0), True)


def test_a_rise_is_noticed_across_a_restart(device):
    rule = enabled(device.site, RISE)
    measure(device, 20.0, ago=290)
    index.forget()
    measure(device, 27.0, ago=200)
    index.forget()
    measure(device, 28.5, ago=100)
    assert periods(rule) == (1, 1)


def test_many_sources_of_one_batch_are_evaluated_and_only_what_changes_is_stored(device):
    rule = enabled(device.site, HOT | {"lasting_s": 60})
    devices = [device, *(DeviceFactory(site=device.site, kind="sensor") for _n in range(19))]
    now = clock.now()

    def store(value, ago):
        at = now - timedelta(seconds=ago)
        reports = [
            events.StoredReport(each.pk, each.site_id, at, {"temperature.c": value})
            for each in devices
        ]
        publish(events.TelemetryStored(reports, now))

    store(61.0, 200)
    pending = {each.pk: each.state for each in AlarmState.objects.all()}
    assert len(pending) == 20
    store(62.0, 150)
    assert {each.pk: each.state for each in AlarmState.objects.all()} == pending
    store(50.0, 100)
    assert periods(rule) == (20, 0)
