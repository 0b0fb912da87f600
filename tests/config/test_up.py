"""`manage.py up` itself, from an empty home to the sign-in page."""

import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from config.appliance.places import CODE
from tests.config.running import Appliance, eventually

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def gatehouse() -> Iterator[Appliance]:
    appliance = Appliance()
    try:
        yield appliance.up(command="manage.py up")
    finally:
        appliance.clear_away()


def doctor(appliance: Appliance) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CODE / "manage.py"), "doctor"]
    return subprocess.run(
        command, env=appliance.environment, capture_output=True, text=True, check=False
    )


def test_it_shows_one_address_and_one_login(gatehouse: Appliance) -> None:
    password = gatehouse.home.admin_password.read_text().strip()
    assert gatehouse.text.count(f"http://127.0.0.1:{gatehouse.web_port}") == 1
    assert gatehouse.text.count(f"Sign in as admin with the password {password}") == 1


def test_the_address_leads_to_the_sign_in_page(gatehouse: Appliance) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{gatehouse.web_port}/", timeout=60) as page:
        assert page.status == 200
        assert "/login" in page.url


def test_every_process_starts_and_keeps_running(gatehouse: Appliance) -> None:
    names = (
        "web",
        "gates",
        "telemetry",
        "plates",
        "jobs",
        "bulk-jobs",
        "sender",
        "audit",
    )
    assert eventually(lambda: all(gatehouse.process(name) for name in names))
    assert "exited with status" not in gatehouse.text


def test_doctor_passes(gatehouse: Appliance) -> None:
    if not shutil.which("mosquitto", path="/usr/sbin:/usr/bin"):
        pytest.skip("mosquitto is not installed, which is what the doctor would say")
    found = doctor(gatehouse)
    assert found.returncode == 0, found.stdout
    assert "WRONG" not in found.stdout
    assert "migrations   all applied." in found.stdout
    assert "accounts     the broker has those of the registry." in found.stdout


def test_doctor_reports_what_does_not_run() -> None:
    empty = Appliance()
    try:
        found = doctor(empty)
    finally:
        empty.clear_away()
    assert found.returncode == 1
    assert "supervisor   not running. Fix: make up" in found.stdout
    assert "checks failed" in found.stderr
