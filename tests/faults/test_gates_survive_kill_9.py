"""Each message of devices at the gates is handled once, whichever process is killed."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.devices.messages import ivs_result
from tests.faults.appliance import Appliance, wait_for
from tests.faults.stream import Publisher

pytestmark = pytest.mark.faults

MESSAGES = int(os.environ.get("GATEHOUSE_FAULT_GATE_MESSAGES", "1200"))
WAVES = 8
SENSORS = 20
EVENTS = "SELECT count(*) FROM devices_deviceevent"
REGISTER = f"""
from tests.factories import *
site = SiteFactory(slug="lakeside")
lot = LotFactory(site=site)
for n in range({SENSORS}):
    sensor = DeviceFactory(
        site=site, code=f"bay-{{n}}", kind="bay_sensor", driver="gatehouse", serial=None
    )
    BayFactory(lot=lot, code=f"A-{{n}}", sensor=sensor, status="free")
lane = LaneFactory(gate=GateFactory(site=site), lot=lot, camera__site=site, camera__serial="SN1")
for n in range({WAVES}):
    VehicleFactory(person__site=site, plate=f"沪A{{n:05d}}")
"""


def stream(begin: datetime) -> Iterator[tuple[str, bytes]]:
    """Each bay becomes occupied and free in turns, every millisecond of the sensors' clock.

    In each wave a resident's car arrives at the gate, and its camera reports it three times.
    """
    for n in range(MESSAGES):
        if n % (MESSAGES // WAVES) == 50:
            car = n // (MESSAGES // WAVES)
            told = ivs_result("SN1", f"沪A{car:05d}", at=begin + timedelta(seconds=60 * car))
            yield from [("SN1/device/message/up/ivs_result", told)] * 3
        turn, bay = divmod(n, SENSORS)
        at = begin + timedelta(milliseconds=turn)
        said = {
            "v": 1,
            "id": f"{n}",
            "at": at.isoformat(),
            "type": "bay",
            "occupied": turn % 2 == 0,
        }
        yield f"gh/v1/lakeside/bay-{bay}/up/event", json.dumps(said).encode()


def test_no_event_is_lost_or_duplicated(appliance: Appliance):
    appliance.manage("shell", "--command", REGISTER)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
    publisher = Publisher(appliance.mqtt_url, stream(begin))
    ingest = appliance.ingest("gates")
    wait_for(lambda: "gates listens" in appliance.log_of("gates"), "the gates process listens")

    for wave in range(WAVES):
        before = appliance.number(EVENTS)
        part = publisher.publish(MESSAGES // WAVES + 3)
        wait_for(lambda before=before: appliance.number(EVENTS) > before, "the wave arrives")
        if wave == WAVES // 2:
            appliance.kill_postgres()
            appliance.restart_postgres()
        elif wave < WAVES - 1:
            appliance.kill(ingest)
            appliance.restart(ingest)
        part.join()
    publisher.stop()

    wait_for(lambda: appliance.number(EVENTS) >= MESSAGES + WAVES, "the whole stream is stored")
    stored = appliance.query(
        "SELECT d.code, e.key FROM devices_deviceevent e JOIN devices_device d ON d.id = device_id"
        " WHERE type = 'bay'"
    )
    assert len(stored) == MESSAGES
    assert set(stored) == {(f"bay-{n % SENSORS}", str(n)) for n in range(MESSAGES)}
    last_turn = (MESSAGES - 1) // SENSORS
    assert appliance.query("SELECT DISTINCT status, status_at FROM estate_bay") == [
        ("occupied" if last_turn % 2 == 0 else "free", begin + timedelta(milliseconds=last_turn))
    ]
    passages = appliance.query("SELECT plate FROM access_passage ORDER BY plate")
    assert passages == [(f"沪A{car:05d}",) for car in range(WAVES)]
    assert appliance.number("SELECT count(*) FROM devices_deadletter") == 0
