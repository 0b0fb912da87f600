"""The ingest loop with a real broker: messages are stored, then acknowledged."""

import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread

import pytest
from django.conf import settings
from django.db import connection

from devices.models import DeadLetter, Device
from devices.telemetry.ingest import Ingest
from devices.telemetry.models import Latest, Measurement
from tests.devices.broker import Broker, FieldDevice, eventually
from tests.devices.messages import own, up
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db(transaction=True)


FAILS = """
import sys, threading
import django
django.setup()
from devices.telemetry import ingest

class Failing(ingest.Ingest):
    def run(self):
        work = threading.Thread(target=threading.Event().wait if sys.argv[1] == "main" else fail)
        work.start()
        fail() if sys.argv[1] == "main" else work.join() or threading.Event().wait()

def fail():
    raise RuntimeError("a bug")

ingest.Ingest = Failing
ingest.run()
"""


class Loop:
    """The loop in a thread of its own, with its own session and database connection."""

    def __init__(self, broker: Broker) -> None:
        self.ingest = Ingest(broker.url)
        self._thread = Thread(target=self.ingest.run)

    def start(self) -> None:
        self._thread.start()
        assert eventually(lambda: self.ingest.is_subscribed)

    def stop(self) -> None:
        self.ingest.stop()
        self._thread.join()


@pytest.fixture
def loop(transactional_db: None, broker: Broker) -> Iterator[Loop]:
    made = Loop(broker)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def meter(transactional_db: None) -> Device:
    return DeviceFactory(code="meter-7", driver="gatehouse", kind="meter")


def latest() -> dict[str, float]:
    return dict(Latest.objects.values_list("metric__name", "value"))


def test_a_report_is_stored_and_its_device_is_online(
    loop: Loop, device: FieldDevice, meter: Device
):
    device.publish(up(meter, "telemetry"), own(m={"power": 3.5, "volt": 231}))
    assert eventually(latest) == {"power": 3.5, "volt": 231}

    def online() -> Device:
        return Device.objects.filter(pk=meter.pk, state="online").first()

    seen = eventually(online)
    assert seen.last_seen_at == Measurement.objects.latest("at").received_at
    assert (seen.alert_after - seen.last_seen_at).total_seconds() >= meter.interval_s
    assert seen.recent_offsets


def test_malformed_and_oversized_messages_become_dead_letters_and_block_nothing(
    loop: Loop, device: FieldDevice, meter: Device
):
    device.publish(up(meter, "telemetry"), b"{not json")
    device.publish(up(meter, "telemetry"), b"x" * 5_000_000)
    device.publish(up(meter, "telemetry"), own(m={"power": 1}))
    assert eventually(latest) == {"power": 1}
    letters = DeadLetter.objects.order_by("size").values_list("field", "size", "site")
    assert list(letters) == [
        ("payload", 9, meter.site_id),
        ("payload", 5_000_000, meter.site_id),
    ]


def test_messages_published_while_no_process_runs_are_stored_later(
    broker: Broker, device: FieldDevice, meter: Device
):
    first, second = Loop(broker), Loop(broker)
    first.start()
    first.stop()
    device.publish(up(meter, "telemetry"), own(m={"power": 2}))
    second.start()
    assert eventually(latest) == {"power": 2}
    second.stop()


def test_two_processes_share_the_stream_and_each_message_is_stored_once(
    loop: Loop, broker: Broker, device: FieldDevice, meter: Device
):
    other = Loop(broker)
    other.start()
    for n in range(20):
        device.publish(up(meter, "telemetry"), own(m={f"m{n}": n}))
    assert eventually(lambda: latest() == {f"m{n}": n for n in range(20)})
    other.stop()
    device.publish(up(meter, "telemetry"), own(m={"after": 1}))
    device.publish(up(meter, "telemetry"), own(m={"later": 1}))
    assert eventually(lambda: {"after", "later"} & latest().keys())
    assert Measurement.objects.count() == len(latest())


def test_a_process_that_loses_its_database_connection_acquires_a_slot_again(
    loop: Loop, device: FieldDevice, meter: Device
):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    device.publish(up(meter, "telemetry"), own(m={"power": 5}))
    assert eventually(lambda: latest() == {"power": 5})
    assert eventually(lambda: loop.ingest.is_subscribed)


def test_messages_are_retried_until_the_database_stores_them(
    loop: Loop, device: FieldDevice, meter: Device
):
    def rename(old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename("telemetry_latest", "telemetry_latest_away")
    try:
        device.publish(up(meter, "telemetry"), own(m={"power": 4}))
        assert eventually(lambda: loop.ingest.is_retrying)
    finally:
        rename("telemetry_latest_away", "telemetry_latest")
    assert eventually(latest) == {"power": 4}
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize("where", ["main", "beside"])
def test_a_process_whose_thread_fails_ends(broker: Broker, where: str):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "MQTT_URL": broker.url,
        "PYTHONPATH": os.pathsep.join(
            [str(settings.BASE_DIR), str(settings.BASE_DIR / "platform")]
        ),
    }
    command = [sys.executable, "-c", FAILS, where]
    ended = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert (ended.returncode, b"a bug" in ended.stderr) == (1, True)
