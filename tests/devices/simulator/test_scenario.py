"""The file that describes the simulated site."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.simulator.scenario import Address, ScenarioError, load, read, resume, scenario_files

from .conftest import KEY, own_site_file, site_file


def test_a_complete_file_is_parsed() -> None:
    data = site_file() | {"inside": [{"plate": "沪A12345", "bay": "A-1"}], "portal_url": "http://x"}
    scenario = read(data)
    assert scenario.mqtt == Address("127.0.0.1", 1883)
    assert [car.plate.text for car in scenario.vehicles["residents"]] == ["粤B12345"]
    assert scenario.inside[0][0].plate.text == "沪A12345"
    assert scenario.inside[0][1] == "A-1"


def test_a_device_is_found_by_code_and_by_serial_number() -> None:
    scenario = read(site_file())
    assert scenario.device("VZ1") is scenario.device("cam-in") is not None
    assert scenario.device("nobody") is None


def test_credentials_do_not_show_in_a_repr() -> None:
    data = own_site_file()
    data["devices"][1]["password"] = "hush-hush"
    shown = repr(read(data))
    assert "hush-hush" not in shown
    assert repr(bytes.fromhex(KEY)) not in shown


def test_a_vehicle_can_have_a_look() -> None:
    wish = {"plate": "K AB 12", "design": "de", "body": "van", "paint": "red"}
    data = site_file() | {"vehicles": {"visitors": [wish]}}
    car = read(data).vehicles["visitors"][0]
    assert (car.plate.text, car.plate.design.name, car.body, car.paint) == (
        "KAB12", "de", "van", "red",
    )  # fmt: skip


def test_an_encrypted_broker_has_its_own_port() -> None:
    assert read(site_file() | {"mqtt": "mqtts://broker.example"}).mqtt == Address(
        "broker.example", 8883, tls=True
    )


METER = {"code": "m", "kind": "meter", "driver": "gatehouse", "username": "m", "password": "x"}
COUNTS = {"metric": "m", "register": 1, "per_day": 2, "since": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metric": ""}, "metric"),
        ({"register": "1"}, "register"),
        ({"per_day": -1}, "per_day"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
    ],
)
def test_a_meter_needs_a_register_and_its_date(wrong: dict[str, Any], field: str) -> None:
    devices = site_file()["devices"]
    whole = site_file() | {"devices": [*devices, METER | COUNTS]}
    assert read(whole).devices[-1].use is not None
    with pytest.raises(ScenarioError, match=rf"devices\[{len(devices)}\]\.{field}"):
        read(site_file() | {"devices": [*devices, METER | COUNTS | wrong]})


def changed(index: int, **changes: Any) -> dict[str, Any]:
    data = site_file()
    data["devices"][index] |= changes
    return data


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], "file"),
        ({}, "devices"),
        (site_file() | {"mqtt": "127.0.0.1:1883"}, "mqtt"),
        (site_file() | {"mqtt": "mqtt://host:many"}, "mqtt"),
        (site_file() | {"site": 7}, "site"),
        (site_file() | {"devices": "none"}, "devices"),
        (changed(0, kind="window"), "devices[0].kind"),
        (changed(0, driver="smoke"), "devices[0].driver"),
        (changed(0, serial=""), "devices[0].serial"),
        (changed(1, direction="up"), "devices[1].direction"),
        (changed(2, bay=None), "devices[2].bay"),
        (changed(2, command_key="not hex"), "devices[2].command_key"),
        (site_file() | {"vehicles": []}, "vehicles"),
        (site_file() | {"vehicles": {"residents": [7]}}, "vehicles.residents[0]"),
        (
            site_file() | {"vehicles": {"blocked": [{"plate": "X", "paint": "plaid"}]}},
            "vehicles.blocked[0].paint",
        ),
        (site_file() | {"inside": [{"bay": "A-1"}]}, "inside[0].plate"),
        (changed(0, designs=["cn-pink"]), "devices[0].designs"),
        (changed(0, frames=2), "devices[0].frames"),
        (changed(2, frames=6), "devices[2].frames"),
        (changed(2, frames=True), "devices[2].frames"),
        (site_file() | {"strangers": ["cn-blue"]}, "strangers"),
        (site_file() | {"strangers": {"cn-pink": 1}}, "strangers"),
        (site_file() | {"strangers": {"cn-blue": 0}}, "strangers"),
    ],
)
def test_an_invalid_field_is_rejected_by_name(data: Any, field: str) -> None:
    with pytest.raises(ScenarioError) as rejection:
        read(data)
    assert str(rejection.value).startswith(f"{field}:")


def test_a_missing_file_is_reported_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="load the demo site first"):
        load(tmp_path / "none.json")


def test_a_malformed_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "simulator.json"
    path.write_text("{")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(path)


def test_cars_left_inside_by_an_earlier_run_are_inside_again(tmp_path: Path) -> None:
    saved = tmp_path / "inside.json"
    assert resume(read(site_file()), saved).inside == ()
    saved.write_text(json.dumps([{"plate": "粤B12345", "bay": None, "paint": "teal"}]))
    [(car, bay)] = resume(read(site_file()), saved).inside
    assert (car.plate.text, car.paint, bay) == ("粤B12345", "teal", None)


@pytest.mark.parametrize(
    ("wrong", "field"), [({"topic": ""}, "topic"), ({"kind": "bay_sensor", "bay": "A"}, "driver")]
)
def test_a_mapped_device_is_a_meter_with_a_topic(wrong: dict[str, Any], field: str) -> None:
    meter = METER | COUNTS | {"driver": "generic-json", "topic": "m/events/rpc"}
    data = site_file()
    assert read(data | {"devices": [*data["devices"], meter]}).devices[-1].topic == "m/events/rpc"
    with pytest.raises(ScenarioError, match=rf"\.{field}: "):
        read(data | {"devices": [*data["devices"], meter | wrong]})


def test_the_files_of_the_demo_sites_are_found_the_first_one_always(tmp_path: Path) -> None:
    first, park = tmp_path / "simulator.json", tmp_path / "simulator-park.json"
    assert scenario_files(tmp_path) == [first]
    for path in (park, tmp_path / "simulator-park.inside.json"):
        path.write_text("{}")
    assert scenario_files(tmp_path) == [first, park]
