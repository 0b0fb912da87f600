"""Floods: a sender over its budget delays nobody, is reported once, and is disabled in the end."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from devices import admission, dead_letters, fair_queue, floods, inbound, jobs, services
from devices.admission import Admission
from devices.dead_letters import RejectedMessage
from devices.drivers import DRIVERS, gatehouse, vzenith_mqtt
from devices.fair_queue import FairQueue
from devices.models import DeadLetter
from devices.rejections import rejected
from devices.senders import SenderKey, classify, device_of
from incidents.models import Incident
from tests.devices.messages import camera_topic, ivs_result, up
from tests.factories import DeviceFactory

BAY = SenderKey("gatehouse", "bay-7")
SERIAL = "8c5f0100-d3a1"


@pytest.fixture
def sensor(db):
    return DeviceFactory(code="bay-7", serial=None, driver="gatehouse", kind="bay_sensor")


# -- who sent it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "sender", "urgent"),
    [
        ("gh/v1/park/bay-7/up/event", "gatehouse:park/bay-7", False),
        ("gh/v1/park/bay-7/up/telemetry", "gatehouse:park/bay-7", False),
        (f"{SERIAL}/device/message/up/ivs_result", f"vzenith-mqtt:{SERIAL}", True),
        (f"{SERIAL}/device/message/up/keep_alive", f"vzenith-mqtt:{SERIAL}", False),
        ("cellar/sensor", ":cellar/sensor", False),
        ("/device/push/result", ":/device/push/result", False),
        ("", ":", False),
    ],
)
def test_a_message_s_sender_and_urgency_are_known_without_the_database(topic, sender, urgent):
    found = classify(topic, b"{")
    assert (str(found.sender), found.urgent) == (sender, urgent)


def test_an_own_event_is_urgent_only_if_it_is_about_a_car():
    topic = "gh/v1/park/cam/up/event"
    assert classify(topic, b'{"type": "plate"}').urgent
    assert not classify(topic, b'{"type": "bay"}').urgent


def test_the_device_of_a_sender_is_found_by_code_serial_or_topic(sensor):
    camera = DeviceFactory(driver="vzenith-mqtt", serial=SERIAL)
    meter = DeviceFactory(driver="generic-json", serial=None, topic="cellar/sensor")
    assert device_of(BAY) == sensor
    assert device_of(classify(camera_topic(camera), b"").sender) == camera
    assert device_of(classify("cellar/sensor", b"").sender) == meter
    assert device_of(SenderKey("gatehouse", "nobody")) is None


# -- the budget ------------------------------------------------------------------------------------


def test_a_sender_gets_its_burst_and_then_its_rate():
    budget = Admission()
    admitted = [budget.admit(BAY, gatehouse, 200, n / 1000) for n in range(10_000)]
    rate = gatehouse.MANIFEST.messages_per_s
    assert sum(admitted) == pytest.approx(gatehouse.MANIFEST.burst_messages + 10 * rate, abs=2)
    assert budget.floods[BAY].dropped == 10_000 - sum(admitted)


def test_rejected_messages_use_the_budget_up_sooner():
    budget, admitted = Admission(), 0
    for _ in range(1000):
        if budget.admit(BAY, gatehouse, 200, 0.0):
            admitted += 1
            budget.charge_rejection(BAY)
    assert admitted == gatehouse.MANIFEST.burst_messages / admission.REJECTION_COST


def test_bytes_count_as_well():
    budget, size = Admission(), 200_000
    admitted = sum(budget.admit(BAY, gatehouse, size, 0.0) for _ in range(1500))
    assert admitted == int(gatehouse.MANIFEST.bytes_per_s * admission.BURST_S / size)


def test_another_sender_is_not_affected():
    budget = Admission()
    while budget.admit(BAY, gatehouse, 200, 0.0):
        pass
    assert budget.admit(SenderKey("vzenith-mqtt", SERIAL), vzenith_mqtt, 200_000, 0.0)


def test_invented_names_do_not_fill_the_memory():
    budget = Admission()
    for n in range(3 * admission.MAX_SENDERS):
        budget.admit(SenderKey("", f"t{n}"), None, 10, float(n))
    assert len(budget._buckets) <= admission.MAX_SENDERS


@pytest.mark.parametrize(("factor", "admitted"), [(0.5, 1000), (0, 5000)])
def test_the_budget_is_a_setting(settings, factor, admitted):
    settings.DEVICE_BUDGET = factor
    budget = Admission()
    assert sum(budget.admit(BAY, gatehouse, 1, 0.0) for _ in range(5000)) == admitted


def test_every_driver_s_budget_covers_its_largest_message():
    for driver in DRIVERS.values():
        assert driver.MANIFEST.bytes_per_s * admission.BURST_S >= driver.MANIFEST.max_bytes


# -- the order -------------------------------------------------------------------------------------


def drained(queue: FairQueue[str]) -> list[str]:
    return [queue.pop() for _ in range(len(queue))]


def test_an_urgent_message_overtakes_those_of_others():
    queue: FairQueue[str] = FairQueue()
    for n in range(3):
        queue.push("bay", f"b{n}", urgent=False)
    queue.push("camera", "plate", urgent=True)
    assert drained(queue) == ["plate", "b0", "b1", "b2"]


def test_one_sender_s_messages_keep_their_order():
    queue: FairQueue[str] = FairQueue()
    for item, urgent in (("state", False), ("plate", True), ("passed", True), ("state2", False)):
        queue.push("camera", item, urgent=urgent)
    queue.push("bay", "b0", urgent=False)
    found = drained(queue)
    assert [item for item in found if item != "b0"] == ["state", "plate", "passed", "state2"]
    assert found.index("plate") < found.index("b0")


def test_urgent_senders_take_turns():
    queue: FairQueue[str] = FairQueue()
    for n in range(50):
        queue.push("flood", f"f{n}", urgent=True)
    queue.push("camera", "plate", urgent=True)
    assert drained(queue).index("plate") == 1
    with pytest.raises(IndexError):
        queue.pop()


def test_the_next_messages_of_urgent_senders_are_seen_before_they_are_taken():
    queue: FairQueue[str] = FairQueue()
    queue.push("bay", "b0", urgent=False)
    assert queue.heads(8) == ["b0"]
    for lane in ("lane1", "lane2", "lane3"):
        queue.push(lane, f"{lane} first", urgent=True)
        queue.push(lane, f"{lane} second", urgent=True)
    assert queue.heads(2) == ["lane1 first", "lane2 first"]
    assert queue.next_of("lane2", 5) == ["lane2 first", "lane2 second"]
    assert (queue.pop_of("lane2"), queue.pop()) == ("lane2 first", "lane1 first")
    assert drained(queue)[0] == "lane3 first"


def test_postponed_messages_come_after_the_urgent_ones_of_others():
    queue: FairQueue[str] = FairQueue()
    for n in range(3):
        queue.push("offline", f"r{n}", urgent=True)
    queue.postpone("offline")
    queue.push("camera", "plate", urgent=True)
    assert drained(queue) == ["plate", "r0", "r1", "r2"]
    queue.push("offline", "prompt", urgent=True)
    assert queue.heads(1) == ["prompt"]


def test_what_was_put_back_is_the_next_of_its_sender():
    queue: FairQueue[str] = FairQueue()
    for n in range(3):
        queue.push("camera", f"c{n}", urgent=True, size=10)
    taken = [queue.pop(), queue.pop()]
    for item in reversed(taken):
        queue.put_back("camera", item, urgent=True, size=10)
    assert drained(queue) == ["c0", "c1", "c2"]


def test_in_a_long_queue_no_sender_has_more_than_its_share():
    queue: FairQueue[int] = FairQueue()
    for n in range(fair_queue.LONG_ITEMS):
        queue.push(f"sensor {n % 400}", n, urgent=False)
    queue.push("calm sensor", 1, urgent=False)
    assert queue.is_crowded_by("sensor 1")
    assert not queue.is_crowded_by("calm sensor")
    assert not queue.is_crowded_by("camera")
    while len(queue) >= fair_queue.LONG_ITEMS:
        queue.pop()
    assert not queue.is_crowded_by("sensor 1")


def test_a_queue_grows_no_longer_than_that_however_many_send():
    queue: FairQueue[int] = FairQueue()
    for n in range(20_000):
        sender = f"sensor {n % 500}"
        if not queue.is_crowded_by(sender):
            queue.push(sender, n, urgent=False)
    assert len(queue) <= fair_queue.LONG_ITEMS + 500


def test_in_a_queue_of_many_bytes_no_sender_has_more_than_its_share():
    queue: FairQueue[int] = FairQueue()
    for n in range(40):
        queue.push("rogue", n, urgent=True, size=2 * 1024 * 1024)
        queue.push("camera", n, urgent=True, size=200 * 1024)
    assert (queue.is_crowded_by("rogue"), queue.is_crowded_by("camera")) == (True, False)
    drained(queue)
    queue.push("rogue", 1, urgent=True, size=2 * 1024 * 1024)
    assert not queue.is_crowded_by("rogue")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 9))))
def test_a_queue_returns_every_item_once(pushes):
    queue: FairQueue[int] = FairQueue()
    for n, (sender, urgent, size) in enumerate(pushes):
        queue.push(sender, n, urgent=urgent, size=size)
    assert sorted(queue.pop() for _ in range(len(queue))) == list(range(len(pushes)))
    assert not queue.is_crowded_by("a")


# -- what follows ----------------------------------------------------------------------------------


def flooding(now: float = 0.0) -> Admission:
    budget = Admission()
    while budget.admit(BAY, gatehouse, 200, now):
        pass
    return budget


def test_a_flood_is_one_incident_and_over_when_the_device_is_calm(sensor):
    budget = flooding()
    for second in range(5):
        floods.report(budget, float(second))
    incident = Incident.objects.get()
    assert (incident.kind, incident.occurrences) == ("device_alarm", 1)
    floods.report(budget, admission.CALM_S + 1)
    incident.refresh_from_db()
    assert budget.floods == {}
    assert incident.cleared


def test_of_many_floods_at_once_a_few_are_reported_at_each_call(db):
    budget, n = Admission(), 3 * floods.MAX_AT_ONCE
    for sender in range(n):
        DeviceFactory(code=f"bay-{sender}", serial=None, driver="gatehouse", kind="bay_sensor")
        budget.count_excess(SenderKey("gatehouse", f"bay-{sender}"), 0.0)
    reported = []
    for second in range(4):
        floods.report(budget, float(second))
        reported.append(sum(each.reported for each in budget.floods.values()))
    assert reported == [n // 3, 2 * n // 3, n, n]
    assert Incident.objects.count() == n
    for second in range(3):
        floods.report(budget, admission.CALM_S + 1 + second)
    assert budget.floods == {}
    assert not Incident.objects.filter(cleared=False).exists()


def test_a_flood_of_an_unknown_sender_is_only_logged(db, caplog):
    floods.report(flooding(), 0.0)
    assert not Incident.objects.exists()
    assert "bay-7" in caplog.text


def test_a_device_that_does_not_stop_is_disabled_and_can_be_enabled(sensor, settings):
    jobs.disable_flooding_device(sensor.pk, 4711)
    sensor.refresh_from_db()
    assert not sensor.enabled
    assert sensor.flooded_at is not None
    entry = AuditEntry.objects.get(action="disable device")
    assert (entry.detail["cause"], entry.detail["dropped"]) == ("flood", 4711)
    services.set_enabled(sensor, True)
    sensor.refresh_from_db()
    assert (sensor.enabled, sensor.flooded_at) == (True, None)


def test_it_is_disabled_only_after_a_while(sensor, settings, django_capture_on_commit_callbacks):
    settings.FLOOD_DISABLE_S = 20.0
    budget = flooding()
    queued = []
    for now in (0.0, 10.0, 21.0, 22.0):
        budget.floods[BAY].last = now
        floods.report(budget, now)
        queued.append(budget.floods[BAY].disabling)
    assert queued == [False, False, True, True]


# -- dead letters ----------------------------------------------------------------------------------


def reject(topic: str, code: str = "required", field: str = "id", n: int = 1) -> None:
    one = RejectedMessage(topic, b"{}", rejected(field, code), None)
    dead_letters.store_all([one] * n, clock.now())


def total() -> int:
    return sum(DeadLetter.objects.values_list("occurrences", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("batch", [1, 40, 700])
def test_equal_dead_letters_are_counted_and_the_newest_kept(monkeypatch, batch):
    monkeypatch.setattr(dead_letters, "KEPT_EQUAL", 30)
    for _ in range(-(-100 // batch)):
        reject("gh/v1/park/bay-7/up/event", n=batch)
    assert DeadLetter.objects.count() == 30
    assert total() == -(-100 // batch) * batch
    reject("gh/v1/park/bay-8/up/event")
    reject("gh/v1/park/bay-7/up/event", field="at")
    assert DeadLetter.objects.count() == 32


@pytest.mark.django_db
def test_a_sender_that_varies_its_fault_and_topic_is_limited_too(monkeypatch):
    monkeypatch.setattr(dead_letters, "KEPT_OF_SENDER", 20)
    for n in range(50):
        reject(f"{SERIAL}/device/message/down/invented{n}/reply", field=f"m.{n}")
    assert DeadLetter.objects.count() == 20


@pytest.mark.django_db
def test_a_site_is_limited_by_a_job(monkeypatch, sensor):
    monkeypatch.setattr(dead_letters, "KEPT_OF_SITE", 3)
    for n in range(5):
        inbound.receive(up(sensor), b"{" + b"x" * n, clock.now())
        reject(f"unknown/{n}")
    assert jobs.limit_dead_letters() == 4
    assert DeadLetter.objects.filter(site=sensor.site).count() == 3


def stored_bytes() -> list[int]:
    """Return the sizes of the stored payloads, the newest first."""
    return [len(one.payload) for one in DeadLetter.objects.order_by("-pk")]


@pytest.mark.django_db
def test_of_a_sender_s_large_messages_only_the_newest_payloads_are_kept(monkeypatch, sensor):
    monkeypatch.setattr(dead_letters, "BYTES_OF_SENDER", 1000)
    for n in range(6):
        inbound.receive(up(sensor), b"x" * 300 + b"%d" % n, clock.now())
    assert stored_bytes() == [301, 301, 301, 0, 0, 0]
    oldest = DeadLetter.objects.earliest("pk")
    assert (oldest.size, oldest.code) == (301, "not_json")
    inbound.receive("gh/v1/park/bay-8/up/event", b"y" * 900, clock.now())
    assert stored_bytes() == [900, 301, 301, 301, 0, 0, 0]
    with pytest.raises(Rejection) as refused:
        services.replay_dead_letter(oldest, "technician")
    assert refused.value.code == "payload_cut"


@pytest.mark.django_db
def test_a_site_s_payloads_are_limited_by_the_job(monkeypatch, sensor):
    monkeypatch.setattr(dead_letters, "BYTES_OF_SITE", 1000)
    other = DeviceFactory(site=sensor.site, code="bay-8", serial=None, driver="gatehouse")
    for device in (sensor, other, sensor, other):
        inbound.receive(up(device), b"x" * 400, clock.now())
    assert jobs.limit_dead_letters() == 0
    assert stored_bytes() == [400, 400, 0, 0]


# -- over a real broker ----------------------------------------------------------------------------


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_car_is_decided_promptly_beside_a_flood(gates, device):
    sensor = DeviceFactory(code="bay-7", serial=None, driver="gatehouse", kind="bay_sensor")
    camera = DeviceFactory(driver="vzenith-mqtt", serial=SERIAL, kind="camera")
    for _ in range(3000):
        device.paho.publish(up(sensor), b"x" * 200, qos=1)
    device.publish(camera_topic(camera), ivs_result(SERIAL, "沪A00001"))
    began = time.monotonic()
    while not camera.events.exists() and time.monotonic() - began < 10:
        time.sleep(0.02)
    assert time.monotonic() - began < 5
    burst = gatehouse.MANIFEST.burst_messages
    assert DeadLetter.objects.count() <= burst / admission.REJECTION_COST + 200
