"""Sensors of a simulation that are set off from outside, as smoke or water would."""

import json

import pytest
from django.core.management import CommandError, call_command

from devices.simulator import control
from devices.simulator.scenario import ScenarioError, read
from devices.simulator.world import World
from tests.devices.simulator.conftest import CALM, START, device, site_file

SMOKE = {"smoke.percent": [0.5, 12], "temperature.c": [20, 50]}


def with_sensors(measures=SMOKE) -> dict:
    file = site_file()
    sensors = [device(code, "sensor", measures=measures) for code in ("smoke-1", "smoke-2")]
    return file | {"devices": [*file["devices"], *sensors]}


def measured(messages, code: str) -> list[dict[str, float]]:
    own = [each for each in messages if each.topic == f"gh/v1/demo/{code}/up/telemetry"]
    return [json.loads(each.payload)["m"] for each in own]


@pytest.fixture
def world() -> World:
    return World(read(with_sensors()), seed=7, speed=1, start=START, faults=CALM)


def test_a_sensor_measures_what_is_usual_until_it_is_set_off(world):
    (first, *_others) = measured(world.advance(60), "smoke-1")
    assert first == pytest.approx({"smoke.percent": 0.5, "temperature.c": 20}, rel=0.1)
    world.set_off({"smoke-1"})
    after = world.advance(60.1)
    assert measured(after, "smoke-1") == [
        pytest.approx({"smoke.percent": 12, "temperature.c": 50}, rel=0.1)
    ]
    assert measured(after, "smoke-2") == []


def test_it_measures_as_usual_again_afterwards_and_reports_each_change_once(world):
    values = []
    for codes in ({"smoke-1"}, {"smoke-1"}, set(), set()):
        world.set_off(codes)
        values += measured(world.advance(world.now + 0.1), "smoke-1")
    assert [round(each["smoke.percent"]) for each in values] == [12, 0]


def test_no_code_of_a_sensor_sets_off_none(world):
    world.set_off({"cam-in", "nowhere"})
    assert not any(unit.is_set_off for unit in (world.units["smoke-1"], world.units["smoke-2"]))


@pytest.mark.parametrize(
    "measures", [None, {}, [], {"smoke.percent": 1}, {"smoke.percent": [1, "2"]}, {"x": [1, True]}]
)
def test_a_sensor_without_two_numbers_for_each_metric_is_rejected(measures):
    with pytest.raises(ScenarioError, match="measures"):
        read(with_sensors(measures))


def test_a_command_sets_a_sensor_off_and_back(tmp_path, capsys):
    file = tmp_path / "simulator.json"
    file.write_text(json.dumps(with_sensors()))
    beside = control.file_beside(file)
    assert control.read(beside) == frozenset()
    for code in ("smoke-1", "smoke-2"):
        call_command("set_off", code, "--file", str(file))
    assert control.read(beside) == {"smoke-1", "smoke-2"}
    call_command("set_off", "smoke-1", "--over", "--file", str(file))
    assert control.read(beside) == {"smoke-2"}
    assert "smoke-1 is back to normal" in capsys.readouterr().out


def test_an_unknown_sensor_is_rejected_with_those_that_there_are(tmp_path):
    file = tmp_path / "simulator.json"
    file.write_text(json.dumps(with_sensors()))
    with pytest.raises(CommandError, match="smoke-1, smoke-2"):
        call_command("set_off", "smoke-9", "--file", str(file))
