"""Devices that follow their rule lose no message to a killed broker or a killed process.

The moments are random: GATEHOUSE_FAULT_SEED repeats a run, GATEHOUSE_FAULT_KILLS and
GATEHOUSE_FAULT_PAUSE_S set number and distance of the kills, GATEHOUSE_FAULT_OUTAGE_S the broker's
outage, GATEHOUSE_FAULT_GRACE_S the allowed absence of a process, and GATEHOUSE_FAULT_RATE the
messages a second.
"""

import os
import random
import sys
from collections.abc import Iterator

import pytest

from tests.faults.appliance import Appliance, wait_for
from tests.faults.field import REGISTER, ROWS, SEED, Field

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("GATEHOUSE_FAULT_KILLS", "3"))
PAUSE_S = float(os.environ.get("GATEHOUSE_FAULT_PAUSE_S", "3"))
OUTAGE_S = float(os.environ.get("GATEHOUSE_FAULT_OUTAGE_S", "5"))
GRACE_S = float(os.environ.get("GATEHOUSE_FAULT_GRACE_S", "2"))
COUNT = "SELECT count(*) FROM telemetry_measurement"
SLOTS = "SELECT client_id FROM telemetry_slot"


@pytest.fixture
def field(appliance: Appliance) -> Iterator[Field]:
    """Reporting meters; no process is subscribed yet."""
    appliance.environment["GATEHOUSE_TELEMETRY_GRACE_S"] = str(GRACE_S)
    appliance.manage("shell", "--command", REGISTER)
    made = Field(appliance)
    yield made
    made.stop()


@pytest.fixture
def chance() -> random.Random:
    """The random generator of the moments; pytest prints the seed of a failed test."""
    sys.stdout.write(f"GATEHOUSE_FAULT_SEED={SEED}\n")
    return random.Random(SEED)


def listen(appliance: Appliance, name: str = "telemetry") -> object:
    """Start a telemetry process, and wait until the broker has saved its subscription."""
    process = appliance.ingest("telemetry", name)
    wait_for(lambda: " listens at " in appliance.log_of(name), f"{name} listens")
    return process


def report_for(field: Field, seconds: float) -> None:
    """Wait until the meters have reported for so many seconds."""
    goal = field.sent + seconds * field.rate
    wait_for(lambda: field.sent >= goal, f"the meters report for {seconds:.1f} s", seconds)


def check_everything_is_stored_once(appliance: Appliance, field: Field) -> None:
    field.fall_silent()
    wait_for(lambda: appliance.number(COUNT) >= 2 * field.sent, "everything is stored", GRACE_S)
    rows = appliance.query(ROWS)
    assert len(rows) == 2 * field.sent
    assert set(rows) == field.rows()
    assert appliance.number("SELECT count(*) FROM devices_deadletter") == 0


def test_a_broker_killed_at_any_moment_loses_no_message(appliance, field, chance):
    listen(appliance)
    wait_for(
        appliance.broker_has_written_down("gatehouse-telemetry-0"), "the session is on the disk"
    )
    field.start()
    for _ in range(KILLS):
        wait_for(lambda: field.connected, "the meters are connected")
        report_for(field, chance.uniform(0, PAUSE_S))
        appliance.kill(appliance.broker)
        appliance.restart(appliance.broker)
    check_everything_is_stored_once(appliance, field)


def test_devices_keep_what_they_report_while_the_broker_is_away(appliance, field, chance):
    listen(appliance)
    field.start()
    report_for(field, chance.uniform(0.5, PAUSE_S))
    appliance.stop_broker()
    report_for(field, chance.uniform(0, OUTAGE_S))
    appliance.kill_postgres()
    appliance.restart_postgres()
    report_for(field, OUTAGE_S)
    appliance.restart(appliance.broker)
    check_everything_is_stored_once(appliance, field)


def test_messages_for_a_process_that_never_returns_are_stored_by_the_other(
    appliance, field, chance
):
    both = [listen(appliance), listen(appliance, "telemetry-2")]
    lost = chance.choice(both)
    field.start()
    wait_for(lambda: appliance.number(COUNT) > 0, "telemetry flows")
    report_for(field, chance.uniform(0, PAUSE_S))
    appliance.kill_postgres()
    report_for(field, chance.uniform(0, PAUSE_S))
    appliance.kill(lost)
    report_for(field, chance.uniform(0, PAUSE_S))
    appliance.restart_postgres()
    check_everything_is_stored_once(appliance, field)
    wait_for(lambda: len(appliance.query(SLOTS)) == 1, "no other session is left", 6 * GRACE_S)


def test_a_broker_restarted_while_both_processes_are_away_loses_no_message(
    appliance, field, chance
):
    names = ["telemetry", "telemetry-2"]
    processes = [listen(appliance, name) for name in names]
    field.start()
    wait_for(lambda: any("is shared" in appliance.log_of(name) for name in names), "it is shared")
    report_for(field, chance.uniform(0, PAUSE_S))
    for process in processes:
        appliance.kill(process)
    appliance.restart_broker()
    wait_for(lambda: field.connected, "the meters are back before the processes")
    report_for(field, chance.uniform(0, PAUSE_S))
    for process in processes:
        appliance.restart(process)
    check_everything_is_stored_once(appliance, field)


def test_a_process_killed_between_commit_and_acknowledgement_duplicates_no_row(appliance, field):
    ingest = listen(appliance)
    field.start()
    with appliance.commits_never_answered():
        wait_for(appliance.batch_is_committed_unanswered, "a batch is committed, nobody knows it")
        appliance.kill(ingest)
    wait_for(lambda: appliance.number(COUNT) > 0, "the batch is stored")
    stored = appliance.query(ROWS)
    appliance.restart(ingest)
    check_everything_is_stored_once(appliance, field)
    assert set(stored) <= field.rows()
