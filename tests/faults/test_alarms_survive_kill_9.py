"""What an alarm rule remembers survives the end of the process that evaluates it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.appliance import Appliance, wait_for
from tests.faults.stream import Publisher

pytestmark = pytest.mark.faults

LASTING_S = 4
HOT, COOLER, COLD = 61.0, 58.0, 50.0
SET_UP = f"""
from tests.factories import DeviceFactory, SiteFactory
from tests.incidents.alarms import HOT, enabled
site = SiteFactory(slug="lakeside")
DeviceFactory(site=site, code="cabinet", kind="sensor", driver="gatehouse")
enabled(site, HOT | {{"lasting_s": {LASTING_S}}})
"""
PENDING = "SELECT count(*) FROM incidents_alarmstate WHERE NOT at_rest AND alert_after IS NOT NULL"
RAISED = "SELECT count(*) FROM incidents_incident WHERE kind = 'alarm_rule'"
CLEARED = f"{RAISED} AND cleared"
PERIODS = "SELECT began_at, ended_at FROM incidents_alarmperiod"


def stream(times: list[datetime]) -> Iterator[tuple[str, bytes]]:
    """Too hot, then between the two limits, then cool, each measured when it is published."""
    for number, value in enumerate((HOT, COOLER, COLD)):
        times.append(datetime.now(UTC))
        at = times[-1].isoformat()
        said = {"v": 1, "id": number, "at": at, "m": {"temperature.c": value}}
        yield "gh/v1/lakeside/cabinet/up/telemetry", json.dumps(said).encode()


def test_a_duration_and_the_second_limit_outlast_the_process(appliance: Appliance):
    appliance.manage("shell", "--command", SET_UP)
    times: list[datetime] = []
    publisher = Publisher(appliance.mqtt_url, stream(times))
    ingest = appliance.ingest("telemetry")
    wait_for(lambda: "telemetry-0 listens" in appliance.log_of("telemetry"), "ingest listens")

    publisher.publish(1).join()
    wait_for(lambda: appliance.number(PENDING) == 1, "the duration has begun")
    appliance.kill(ingest)
    appliance.restart(ingest)
    wait_for(lambda: appliance.number(RAISED) == 1, "the duration ends after the restart")

    appliance.kill(ingest)
    publisher.publish(1).join()
    appliance.restart(ingest)
    measured = "SELECT count(*) FROM telemetry_measurement"
    wait_for(lambda: appliance.number(measured) == 2, "what came meanwhile is stored")
    assert appliance.number(CLEARED) == 0
    appliance.kill(ingest)
    appliance.restart(ingest)
    publisher.publish(1).join()
    publisher.stop()
    wait_for(lambda: appliance.number(CLEARED) == 1, "the cause is gone")
    assert appliance.number(RAISED) == 1
    assert appliance.query(PERIODS) == [(times[0] + timedelta(seconds=LASTING_S), times[2])]
