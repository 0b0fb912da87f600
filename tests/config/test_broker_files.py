"""Without its plugin, the broker reads accounts and rules from two files."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from config.appliance.broker_files import (
    AccountFiles,
    BrokerUserError,
    read_entries,
    read_passwords,
    read_rules,
    reload_broker,
    set_backend_password,
)
from config.appliance.places import Home
from devices.ports import AccountDrift
from integrations.mosquitto.passwords import hash_password, verify_password
from tests.config.bare_broker import account, camera


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.create()
    return home


@pytest.fixture
def files(home: Home) -> AccountFiles:
    return AccountFiles(home)


def test_only_the_right_password_matches_its_hash() -> None:
    hashed = hash_password("barrier")
    assert verify_password("barrier", hashed)
    assert not verify_password("Barrier", hashed)
    assert not verify_password("barrier", "no hash at all")


def test_hashes_of_the_same_password_differ() -> None:
    assert hash_password("barrier") != hash_password("barrier")


@pytest.mark.skipif(
    not shutil.which("mosquitto_passwd"), reason="mosquitto_passwd is not installed"
)
def test_the_hash_has_the_format_of_mosquittos_own_tool(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-c", "-b", str(file), "cam-1", "barrier"]
    subprocess.run(command, check=True, capture_output=True)
    assert verify_password("barrier", file.read_text().strip().removeprefix("cam-1:"))


def test_an_account_has_its_rules_and_the_backend_may_use_every_topic(
    home: Home, files: AccountFiles
) -> None:
    set_backend_password(home, "ours")
    files.put([camera("SN1")])
    assert read_rules(home)["SN1"] == (
        "write SN1/device/message/up/#",
        "write SN1/device/message/down/+/reply",
        "read SN1/device/message/down/#",
    )
    assert "readwrite #" in read_rules(home)["backend"]
    assert verify_password("ours", read_passwords(home)["backend"])


def test_other_accounts_are_not_changed(home: Home, files: AccountFiles) -> None:
    files.put([account("a"), account("b")])
    before = read_entries(home)
    files.put([account("b", password="new", version="2")])
    assert read_entries(home)["a"] == before["a"]
    assert verify_password("new", read_passwords(home)["b"])


def test_a_deleted_account_is_removed_and_the_backend_stays(
    home: Home, files: AccountFiles
) -> None:
    set_backend_password(home, "ours")
    files.put([account("a"), account("b")])
    files.drop(["a", "never there"])
    assert sorted(read_entries(home)) == ["b", "backend"]


def test_a_disabled_account_is_rejected_and_keeps_its_password(
    home: Home, files: AccountFiles
) -> None:
    files.put([account("a")])
    files.put([account("a", enabled=False)])
    assert "a" not in read_passwords(home)
    files.put([account("a")])
    assert verify_password("secret of a", read_passwords(home)["a"])


def test_a_password_known_only_by_its_hash_is_kept(home: Home, files: AccountFiles) -> None:
    files.put([account("a")])
    given_before = account("a", password=None, version="")
    files.put([replace(given_before, enabled=False)])
    files.put([given_before])
    assert verify_password("secret of a", read_passwords(home)["a"])


def test_an_account_without_a_known_password_is_rejected(home: Home, files: AccountFiles) -> None:
    lost = account("a", password=None, version="")
    files.put([lost])
    assert read_entries(home) == {}
    assert files.compare([lost]) == AccountDrift()


def test_a_password_is_not_hashed_again_while_its_version_stays(
    home: Home, files: AccountFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.put([account("a")])
    monkeypatch.setattr("config.appliance.broker_files.hash_password", None)  # would fail
    files.put([account("a", listens=("elsewhere/#",))])
    assert read_rules(home)["a"][-1] == "read elsewhere/#"


def test_different_and_unknown_accounts_are_found(files: AccountFiles) -> None:
    files.put([account("same"), account("changed"), account("stranger")])
    now = [account("same"), account("changed", version="2"), account("missing")]
    drift = files.compare(now)
    assert set(drift.outdated) == {"changed", "missing"}
    assert drift.unknown == ("stranger",)


@pytest.mark.parametrize("name", ["", "a/b", "a+", "#", "a:b", "a\nb", "x" * 65, "backend"])
def test_a_name_that_could_widen_a_rule_is_rejected_without_a_change(
    home: Home, files: AccountFiles, name: str
) -> None:
    files.put([account("cam-1")])
    before = read_entries(home)
    with pytest.raises(BrokerUserError, match="broker user name"):
        files.put([account("cam-2"), account(name)])
    assert read_entries(home) == before


def test_lines_are_split_as_the_broker_splits_them(home: Home, files: AccountFiles) -> None:
    files.put([account("cam-1", publishes=("a\u2028topic write cam-2/x", "b\x85user cam-2"))])
    files.put([account("cam-3")])
    assert set(read_rules(home)) == {"cam-1", "cam-3"}
    assert not any(rule.startswith("write cam-2") for rule in read_rules(home)["cam-1"])


def test_the_files_are_written_while_no_broker_runs(home: Home, files: AccountFiles) -> None:
    files.put([account("cam-1")])
    assert not reload_broker(home)
    assert list(read_passwords(home)) == ["cam-1"]


def test_other_users_cannot_read_the_files(home: Home, files: AccountFiles) -> None:
    files.put([account("cam-1")])
    for name in ("passwords", "rules"):
        assert (home.broker / name).stat().st_mode & 0o007 == 0
