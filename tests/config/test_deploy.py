"""The larger installation runs the same code with the same broker settings."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from config.appliance.broker import configuration
from config.appliance.dynsec_file import accounts_file
from config.appliance.mosquitto import PLUGIN
from config.appliance.places import CODE, Home
from config.appliance.programs import web
from config.appliance.runtime import Choices, Plan

DEPLOY = CODE / "deploy"
PLACES = ("listener", "plugin", "persistence_location", "user", "certfile", "keyfile")


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, dict[str, object]]]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def settings_of(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", *PLACES))]


def test_its_broker_is_set_up_as_the_appliances(tmp_path: Path) -> None:
    plan = Plan.of(Home(tmp_path), Choices({}, {}))
    ours = configuration(plan, Home(tmp_path), f"/usr/lib/{PLUGIN}", tls=True)
    theirs = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    assert settings_of(ours) == settings_of(theirs)


def test_every_process_runs_an_existing_command(compose: dict) -> None:
    commands = [
        service["command"] for service in compose["services"].values() if "build" in service
    ]
    names = [command[2] for command in commands if isinstance(command, list)]
    known = {"prepare", "ingest", "read_plates", "run_jobs", "send_outbox", "seal_audit"}
    assert set(names) == known
    assert set(names) <= set(get_commands())


def test_every_required_variable_is_in_the_example(compose: dict) -> None:
    required = set(re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text()))
    example = dict(
        line.split("=", 1)
        for line in (DEPLOY / "example.env").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    assert required <= set(example)


def test_its_broker_reads_the_accounts_that_the_preparation_writes(compose: dict) -> None:
    home = Home(Path("/var/lib/gatehouse"))
    text = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    assert f"plugin_opt_config_file {accounts_file(home)}" in text
    assert f"plugin /usr/lib/{PLUGIN}" in text
    broker = compose["services"]["broker"]
    assert "files:/var/lib/gatehouse" in broker["volumes"]
    assert "prepare" in broker["depends_on"]


def test_only_the_preparation_knows_the_password_of_the_tables_owner(compose: dict) -> None:
    knowing = {
        name
        for name, service in compose["services"].items()
        if "DATABASE_PASSWORD" in str(service.get("environment"))
    }
    assert knowing == {"database", "prepare"}
    prepare = compose["services"]["prepare"]["environment"]
    owner, application = prepare["DATABASE_OWNER_URL"], prepare["DATABASE_URL"]
    assert owner.partition("@")[2] == application.partition("@")[2]
    assert owner.startswith("postgres://gatehouse:")
    assert application.startswith("postgres://gatehouse_app:")


def test_its_database_is_a_pinned_version_that_reports_to_no_one(compose: dict) -> None:
    database = compose["services"]["database"]
    assert re.fullmatch(r"timescale/timescaledb:\d+\.\d+\.\d+-pg\d+", database["image"])
    assert "timescaledb.telemetry_level=off" in database["command"]


def test_its_web_server_is_started_as_the_appliances(compose: dict, tmp_path: Path) -> None:
    theirs = shlex.split(compose["services"]["web"]["command"])
    ours = web(Plan.of(Home(tmp_path), Choices({}, {}))).command
    for option in ("--http", "--proxy-headers", "--forwarded-allow-ips", "--no-server-header"):
        assert option in theirs
        assert option in ours
    assert theirs[theirs.index("--http") + 1] == ours[ours.index("--http") + 1]


def test_the_proxy_on_the_host_has_the_address_that_the_example_trusts(compose: dict) -> None:
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    trusted = f"GATEHOUSE_TRUSTED_PROXIES={network['gateway']}"
    assert trusted in (DEPLOY / "example.env").read_text().splitlines()
