"""The larger installation runs the same code with the same broker settings."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from config.appliance.broker import configuration, lay_out
from config.appliance.broker_users import write_broker_users
from config.appliance.places import CODE, Home
from config.appliance.runtime import Choices, Plan
from tests.config.mqtt import enters
from tests.config.running import eventually, free_port

DEPLOY = CODE / "deploy"
PLACES = ("listener", "password_file", "acl_file", "persistence_location", "user")


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, dict[str, object]]]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def settings_of(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", *PLACES))]


def test_its_broker_is_set_up_as_the_appliances(tmp_path: Path) -> None:
    plan = Plan.of(Home(tmp_path), Choices({}, {}))
    ours = configuration(plan, tmp_path, tmp_path)
    theirs = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    assert settings_of(ours) == settings_of(theirs)


def test_every_process_it_starts_is_a_command_that_exists(compose: dict) -> None:
    commands = [
        service["command"] for service in compose["services"].values() if "build" in service
    ]
    names = [command[2] for command in commands if isinstance(command, list)]
    assert set(names) == {"prepare", "ingest", "read_plates", "run_jobs"}
    assert set(names) <= set(get_commands())


def test_every_value_it_requires_stands_in_the_example(compose: dict) -> None:
    required = set(re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text()))
    example = dict(
        line.split("=", 1)
        for line in (DEPLOY / "example.env").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    assert required <= set(example)


@pytest.mark.faults
@pytest.mark.skipif(not shutil.which("mosquitto", path="/usr/sbin:/usr/bin"), reason="no mosquitto")
def test_its_broker_reads_the_accounts_again_when_they_change(tmp_path: Path) -> None:
    home, port = Home(tmp_path), free_port()
    lay_out(home, "ours")
    text = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    conf = tmp_path / "mosquitto.conf"
    places = text.replace("/var/lib/gatehouse", str(tmp_path))
    conf.write_text(
        places.replace("listener 1883 0.0.0.0", f"listener {port} 127.0.0.1\nuser root")
    )
    environment = {
        "ACCOUNTS": str(home.broker / "passwords"),
        "CONFIGURATION": str(conf),
        "PATH": os.environ["PATH"] + ":/usr/sbin",
    }
    script = subprocess.Popen(["sh", str(DEPLOY / "mosquitto" / "start.sh")], env=environment)
    try:
        assert eventually(lambda: enters(port, "backend", "ours"))
        assert not enters(port, "cam-1", "secret")
        write_broker_users(home, {"cam-1": "secret"})
        assert eventually(lambda: enters(port, "cam-1", "secret"))
    finally:
        script.send_signal(signal.SIGTERM)
        assert script.wait(10) in (0, 143)
