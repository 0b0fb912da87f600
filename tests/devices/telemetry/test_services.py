"""A batch of messages becomes measurements without duplicates, or dead letters."""

import json
from datetime import timedelta

import pytest

from core import clock
from core.errors import Rejection
from devices.models import DeadLetter
from devices.services import replay_dead_letter
from devices.telemetry import copy, services
from devices.telemetry.models import Latest, Measurement, Metric
from devices.telemetry.services import RawMessage, store_batch
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meter():
    return DeviceFactory(code="meter-7", driver="gatehouse", site__slug="lakeside")


def stored(batch, received_at):
    """Store a batch; return the numbers of new rows and rejected messages."""
    recorded = store_batch(batch, received_at)
    return recorded.rows, len(recorded.rejected)


def message(at, topic="gh/v1/lakeside/meter-7/up/telemetry", **values):
    said = {"v": 1, "id": "1", "at": at.isoformat(), "m": values or {"power": 3.5}}
    return RawMessage(topic, json.dumps(said).encode())


def test_each_number_is_a_row_with_device_time_and_receipt_time(meter):
    received = clock.now()
    at = received - timedelta(seconds=3)
    assert stored([message(at, power=3.5, volt=-230)], received) == (2, 0)
    rows = Measurement.objects.values_list("device", "metric__name", "at", "received_at", "value")
    assert sorted(rows) == [
        (meter.pk, "power", at, received, 3.5),
        (meter.pk, "volt", at, received, -230.0),
    ]


def test_a_repeated_message_has_no_effect(meter):
    now = clock.now()
    batch = [message(now, power=1)]
    store_batch(batch, now)
    later = now + timedelta(minutes=2)
    assert stored([*batch, *batch], later) == (0, 0)
    assert Measurement.objects.get().received_at == now
    assert Latest.objects.get().received_at == now


def test_a_message_twice_in_one_batch_is_one_row(meter):
    now = clock.now()
    assert store_batch([message(now), message(now)], now).rows == 1


def test_of_two_values_for_one_instant_the_first_is_kept(meter):
    now = clock.now()
    store_batch([message(now, power=1)], now)
    store_batch([message(now, power=2)], now)
    assert Measurement.objects.get().value == Latest.objects.get().value == 1


def test_the_latest_value_is_by_device_time_not_by_arrival(meter):
    now = clock.now()
    store_batch([message(now - timedelta(seconds=n), power=n) for n in (30, 10, 20)], now)
    assert Latest.objects.get().value == 10
    store_batch([message(now - timedelta(seconds=15), power=15)], now)
    assert Latest.objects.get().value == 10
    store_batch([message(now, power=0)], now)
    assert Latest.objects.get().value == 0


def many(begin, n):
    """Return messages of one device, one second apart."""
    return [message(begin + timedelta(seconds=i), power=i) for i in range(n)]


def test_a_large_batch_is_stored_completely_with_its_latest_value(meter):
    now = clock.now()
    n = copy.SMALL_BATCH * 2
    begin = now - timedelta(hours=1)
    assert stored(many(begin, n)[::-1], now) == (n, 0)
    assert Latest.objects.values_list("at", "value").get() == (
        begin + timedelta(seconds=n - 1),
        n - 1,
    )


def test_of_a_partly_repeated_batch_only_the_rest_is_new(meter):
    now = clock.now()
    n = copy.SMALL_BATCH * 2
    batch = many(now - timedelta(hours=1), n)
    store_batch(batch[: n // 2], now)
    again = now + timedelta(minutes=1)
    assert stored(batch, again) == (n - n // 2, 0)
    assert stored(batch, again) == (0, 0)
    assert Measurement.objects.filter(received_at=now).count() == n // 2


def test_a_large_batch_may_contain_duplicates(meter):
    now = clock.now()
    n = copy.SMALL_BATCH * 2
    begin = now - timedelta(hours=1)
    twice = message(begin + timedelta(seconds=n - 1), power=-1)
    assert stored([*many(begin, n), twice], now) == (n, 0)
    assert Latest.objects.get().value == n - 1


def test_a_batch_of_a_day_without_a_partition_is_stored(meter):
    now = clock.now()
    assert store_batch([message(now - timedelta(days=200))], now).rows == 1


def test_a_rejected_message_is_a_dead_letter_and_the_others_are_stored(meter):
    now = clock.now()
    bad = RawMessage("gh/v1/lakeside/meter-7/up/telemetry", b'{"v":1,"id":"1","m":{}}')
    assert stored([message(now), bad], now) == (1, 1)
    letter = DeadLetter.objects.get()
    assert (letter.site, letter.topic, bytes(letter.payload)) == (meter.site, *bad)
    assert (letter.field, letter.size, letter.received_at) == ("at", len(bad.payload), now)


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        ("gh/v1/lakeside/nobody/up/telemetry", "code"),
        ("gh/v1/elsewhere/meter-7/up/telemetry", "code"),
        ("gh/v1/lakeside/meter\0/up/telemetry", "payload"),
    ],
)
def test_an_unregistered_sender_is_rejected(meter, topic, field):
    now = clock.now()
    assert stored([message(now, topic)], now) == (0, 1)
    assert DeadLetter.objects.get().field == field


@pytest.mark.parametrize(
    ("topic", "site"),
    [
        ("gh/v1/elsewhere/meter-7/up/telemetry", None),
        ("gh/v1/lakeside/nobody/up/telemetry", "lakeside"),
        ("gh/v1/elsewhere/nobody/up/telemetry", None),
        ("nothing/of/ours", None),
    ],
)
def test_a_dead_letter_belongs_to_the_site_of_its_topic(meter, topic, site):
    now = clock.now()
    store_batch([message(now, topic)], now)
    assert DeadLetter.objects.values_list("site__slug", flat=True).get() == site


def test_a_disabled_device_is_rejected_at_once(meter):
    now = clock.now()
    store_batch([message(now)], now)
    meter.enabled = False
    meter.save()
    later = now + timedelta(seconds=1)
    assert stored([message(later)], later) == (0, 1)
    assert DeadLetter.objects.get().message == "meter-7 is disabled"


def test_a_device_with_another_driver_is_rejected(meter):
    meter.driver = "vzenith-mqtt"
    meter.save()
    now = clock.now()
    assert stored([message(now)], now) == (0, 1)
    assert DeadLetter.objects.get().field == "topic"


def test_each_reporting_device_has_one_event_with_its_latest_time(meter):
    now = clock.now()
    ages = (9, 4, 7)
    heard = store_batch([message(now - timedelta(seconds=n)) for n in ages], now).events
    assert [(event.device_id, event.site_id, event.at) for event in heard] == [
        (meter.pk, meter.site_id, now - timedelta(seconds=4))
    ]


def test_invented_metric_names_do_not_fill_the_table(meter, monkeypatch):
    monkeypatch.setattr(services, "MAX_METRICS", 2)
    now = clock.now()
    batch = [message(now, a=1), message(now, b=1), message(now, c=1), message(now, a=1, d=1)]
    assert stored(batch, now) == (2, 2)
    assert set(Metric.objects.values_list("name", flat=True)) == {"a", "b"}
    assert {letter.field for letter in DeadLetter.objects.all()} == {"m.c", "m.d"}


def test_a_device_with_too_many_metrics_does_not_limit_others(meter, monkeypatch):
    monkeypatch.setattr(services, "MAX_METRICS_PER_DEVICE", 2)
    DeviceFactory(code="meter-8", driver="gatehouse", site=meter.site)
    other = "gh/v1/lakeside/meter-8/up/telemetry"
    now = clock.now()
    assert stored([message(now, a=1), message(now, b=1), message(now, c=1)], now) == (2, 1)
    later = now + timedelta(seconds=1)
    assert stored([message(later, d=1), message(later, a=2, b=2)], later) == (2, 1)
    assert stored([message(later, other, c=1), message(later, other, b=1)], later) == (2, 0)
    # A name that is known by now is no new one.
    assert stored([message(later, c=1)], later) == (1, 0)


def test_a_dead_letter_names_fields_that_postgresql_cannot_store(meter):
    now = clock.now()
    said = b'{"v":1,"id":"1","at":"%s","m":{"a\\u0000\\ud800":1}}' % now.isoformat().encode()
    store_batch([RawMessage("gh/v1/lakeside/meter-7/up/telemetry", said)], now)
    letter = DeadLetter.objects.get()
    assert letter.field == "m.a\ufffd?"
    assert bytes(letter.payload) == said


def test_many_rejected_messages_announce_each_site_once(meter, announced):
    now = clock.now()
    bad = RawMessage("gh/v1/lakeside/meter-7/up/telemetry", b"no")
    elsewhere = RawMessage("gh/v1/nowhere/meter-9/up/telemetry", b"no")
    assert stored([bad] * 250 + [elsewhere] * 3 + [message(now)], now) == (1, 253)
    assert DeadLetter.objects.count() == 253
    assert announced() == [("dead_letter", meter.site_id)]


def test_a_bug_triggered_by_one_message_does_not_stop_the_others(meter, monkeypatch):
    def read_or_fail(payload, *rest):
        return 1 // 0 if b"oops" in payload else read(payload, *rest)

    read = services.parse
    monkeypatch.setattr(services, "parse", read_or_fail)
    now = clock.now()
    batch = [message(now - timedelta(seconds=n), **{f"m{n}": n}) for n in range(4)]
    assert stored([*batch, message(now, oops=1)], now) == (4, 1)
    assert DeadLetter.objects.get().field == "handling"


def test_an_empty_batch_has_no_result():
    assert stored([], clock.now()) == (0, 0)


def test_a_dead_letter_is_replayed_once_its_cause_is_fixed(meter):
    now = clock.now()
    store_batch([message(now, "gh/v1/lakeside/meter-8/up/telemetry")], now)
    letter = DeadLetter.objects.get()
    with pytest.raises(Rejection):
        replay_dead_letter(letter, "guard")
    assert not Measurement.objects.exists()
    DeviceFactory(code="meter-8", driver="gatehouse", site=meter.site)
    replay_dead_letter(letter, "guard")
    assert Measurement.objects.get().device.code == "meter-8"
    letter.refresh_from_db()
    assert letter.replayed_by == "guard"
