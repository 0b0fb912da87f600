"""The broker's password file holds who may enter, in mosquitto's own form."""

import shutil
import subprocess
from pathlib import Path

import pytest

from config.appliance.broker_users import (
    BrokerUserError,
    hash_password,
    password_is,
    read_passwords,
    set_backend_password,
    write_broker_users,
)
from config.appliance.places import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


def test_a_password_is_recognised_by_its_hash_and_no_other_is() -> None:
    hashed = hash_password("barrier")
    assert password_is("barrier", hashed)
    assert not password_is("Barrier", hashed)
    assert not password_is("barrier", "no hash at all")


def test_the_same_password_never_has_the_same_hash_twice() -> None:
    assert hash_password("barrier") != hash_password("barrier")


@pytest.mark.skipif(
    not shutil.which("mosquitto_passwd"), reason="mosquitto_passwd is not installed"
)
def test_the_hash_is_the_one_that_mosquittos_own_tool_writes(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-c", "-b", str(file), "cam-1", "barrier"]
    subprocess.run(command, check=True, capture_output=True)
    assert password_is("barrier", file.read_text().strip().removeprefix("cam-1:"))


def test_the_given_devices_replace_all_others_and_the_backend_stays(home: Home) -> None:
    home.broker.mkdir()
    set_backend_password(home, "ours")
    write_broker_users(home, {"cam-1": "a", "cam-2": "b"})
    write_broker_users(home, {"cam-2": "b"})
    hashes = read_passwords(home)
    assert sorted(hashes) == ["backend", "cam-2"]
    assert password_is("ours", hashes["backend"])


def test_a_hash_is_taken_as_it_is(home: Home) -> None:
    hashed = hash_password("barrier")
    write_broker_users(home, {"cam-1": hashed})
    assert read_passwords(home) == {"cam-1": hashed}


def test_devices_can_be_read_after_the_lock_is_taken(home: Home) -> None:
    write_broker_users(home, lambda: {"cam-1": "a"})
    assert list(read_passwords(home)) == ["cam-1"]


@pytest.mark.parametrize("name", ["", "a/b", "a+", "#", "a:b", "a\nb", "x" * 65, "backend"])
def test_a_name_that_could_widen_a_rule_is_refused_and_nothing_is_written(
    home: Home, name: str
) -> None:
    write_broker_users(home, {"cam-1": "a"})
    before = (home.broker / "passwords").read_text()
    with pytest.raises(BrokerUserError, match="broker user name"):
        write_broker_users(home, {"cam-2": "b", name: "c"})
    assert (home.broker / "passwords").read_text() == before


def test_an_empty_password_is_refused(home: Home) -> None:
    with pytest.raises(BrokerUserError, match="'cam-1' has an empty password"):
        write_broker_users(home, {"cam-1": ""})


def test_where_no_broker_runs_the_file_is_written_all_the_same(home: Home) -> None:
    assert not write_broker_users(home, {"cam-1": "a"})
    assert list(read_passwords(home)) == ["cam-1"]


def test_nobody_else_on_the_machine_can_read_the_file(home: Home) -> None:
    write_broker_users(home, {"cam-1": "a"})
    assert (home.broker / "passwords").stat().st_mode & 0o007 == 0
