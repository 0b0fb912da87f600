"""The tests do not use a Gatehouse that runs on this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.appliance.places import CODE

NOWHERE = "postgres://nobody@127.0.0.1:1/none"


def collect(**environment: str) -> subprocess.CompletedProcess[str]:
    """Have a few tests collected, by a run with no more than this beside the usual."""
    ours = ("DATABASE_URL", "GATEHOUSE_", "DJANGO_", "MQTT_", "PYTEST_")
    usual = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "tests/core/test_money.py", "--collect-only", "-q", "-n0"],
        cwd=CODE,
        env=usual | environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a Gatehouse whose database and broker are away."""
    (tmp_path / "runtime.env").write_text(f'DATABASE_URL="{NOWHERE}"\nMQTT_URL=mqtt://x:1\n')
    return tmp_path


def test_what_runs_here_is_left_alone(home):
    run = collect(GATEHOUSE_HOME=str(home), DATABASE_URL=NOWHERE)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_server_that_can_t_be_used_is_named_in_a_sentence_with_the_hint():
    run = collect(DATABASE_URL=NOWHERE)
    assert run.returncode == 4
    assert "DATABASE_URL names a PostgreSQL that the tests can't use" in run.stdout + run.stderr
    assert "Unset it" in run.stdout + run.stderr
