"""Each telemetry message is stored once, whichever process is killed."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.appliance import Appliance, wait_for
from tests.faults.stream import Publisher

pytestmark = pytest.mark.faults

MESSAGES = int(os.environ.get("GATEHOUSE_FAULT_MESSAGES", "8000"))
WAVES = 8
DEVICES = 20
COUNT = "SELECT count(*) FROM telemetry_measurement"
REGISTER = f"""
from tests.factories import DeviceFactory, SiteFactory
site = SiteFactory(slug="lakeside")
for n in range({DEVICES}):
    DeviceFactory(site=site, code=f"meter-{{n}}", kind="meter", driver="gatehouse")
"""


def stream(begin: datetime) -> Iterator[tuple[str, bytes]]:
    """Each device reports its counter and half of it, once a millisecond of its clock."""
    for n in range(MESSAGES):
        counter, device = divmod(n, DEVICES)
        at = begin + timedelta(milliseconds=counter)
        said = {"v": 1, "id": n, "at": at.isoformat(), "m": {"count": counter, "half": counter / 2}}
        yield f"gh/v1/lakeside/meter-{device}/up/telemetry", json.dumps(said).encode()


def expected(begin: datetime) -> set[tuple[str, str, datetime, float]]:
    """Return the rows that the table must hold after the whole stream."""
    return {
        (f"meter-{device}", metric, begin + timedelta(milliseconds=counter), value)
        for counter, device in (divmod(n, DEVICES) for n in range(MESSAGES))
        for metric, value in (("count", float(counter)), ("half", counter / 2))
    }


def test_no_message_is_lost_or_duplicated(appliance: Appliance):
    appliance.manage("shell", "--command", REGISTER)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    publisher = Publisher(appliance.mqtt_url, stream(begin))
    ingest = appliance.ingest("telemetry")
    wait_for(lambda: "telemetry-0 listens" in appliance.log_of("telemetry"), "ingest listens")

    for wave in range(WAVES):
        before = appliance.number(COUNT)
        with appliance.locked("telemetry_latest"):
            part = publisher.publish(MESSAGES // WAVES)
            wait_for(appliance.lock_is_awaited, "a batch is in the middle of its transaction")
            if wave % 2:
                appliance.kill(ingest)
        if wave % 2:
            appliance.restart(ingest)
        wait_for(lambda before=before: appliance.number(COUNT) > before, "the wave arrives")
        if wave == 2:
            appliance.restart_broker()
        elif wave == 4:
            appliance.kill_postgres()
            appliance.restart_postgres()
        elif wave == 6:
            appliance.kill(ingest)
            appliance.restart(ingest)
        part.join()
    publisher.stop()

    wait_for(lambda: appliance.number(COUNT) >= 2 * MESSAGES, "the whole stream is stored")
    rows = appliance.query(
        "SELECT d.code, m.name, at, value FROM telemetry_measurement"
        " JOIN devices_device d ON d.id = device_id JOIN telemetry_metric m ON m.id = metric_id"
    )
    assert len(rows) == 2 * MESSAGES
    assert set(rows) == expected(begin)
    last = (MESSAGES - 1) // DEVICES
    assert appliance.query("SELECT DISTINCT at, value FROM telemetry_latest ORDER BY value") == [
        (begin + timedelta(milliseconds=last), last / 2),
        (begin + timedelta(milliseconds=last), float(last)),
    ]
    assert appliance.number("SELECT count(*) FROM devices_deadletter") == 0
