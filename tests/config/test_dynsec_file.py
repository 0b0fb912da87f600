"""The accounts file of mosquitto's plugin, written from the registry."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from config.appliance import dynsec_file
from config.appliance.broker_files import AccountFiles
from config.appliance.dynsec_file import accounts_file, write_accounts, write_backend_account
from config.appliance.mosquitto import has_user
from config.appliance.places import Home
from devices.ports import AccountDrift, BrokerError
from integrations.mosquitto.control import ControlConnection
from tests.config.bare_broker import BareBroker, account, bare_broker, camera

ACCOUNTS = [account("bay-1"), camera("SN1"), account("bay-2", enabled=False)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.create()
    return home


@pytest.fixture
def stopped() -> BareBroker:
    """A stopped broker whose files exist."""
    broker = bare_broker()
    broker.stop()
    yield broker
    broker.clear_away()


def names(home: Home) -> list[str]:
    return [said["username"] for said in json.loads(accounts_file(home).read_text())["clients"]]


def password_of(broker: BareBroker) -> str:
    return broker.plan.secrets["GATEHOUSE_BROKER_PASSWORD"]


def test_a_broker_starts_with_the_accounts_that_were_written(stopped: BareBroker) -> None:
    write_accounts(stopped.home, ACCOUNTS)
    stopped.start()
    assert stopped.accounts.compare(ACCOUNTS) == AccountDrift()
    assert [stopped.lets_in(each) for each in ACCOUNTS] == [True, True, False]


def test_an_account_that_is_left_out_is_removed(stopped: BareBroker) -> None:
    write_accounts(stopped.home, ACCOUNTS)
    write_accounts(stopped.home, ACCOUNTS[1:])
    stopped.start()
    assert not stopped.lets_in(ACCOUNTS[0])
    assert stopped.accounts.compare(ACCOUNTS[1:]) == AccountDrift()


def test_a_password_is_not_hashed_again_while_its_version_stays(home: Home) -> None:
    write_backend_account(home, "ours")
    write_accounts(home, ACCOUNTS)
    before = accounts_file(home).read_text()
    write_accounts(home, ACCOUNTS)
    assert accounts_file(home).read_text() == before
    write_accounts(home, [replace(ACCOUNTS[0], version="2"), *ACCOUNTS[1:]])
    assert accounts_file(home).read_text() != before


def test_devices_of_the_former_password_file_can_still_sign_in(stopped: BareBroker) -> None:
    AccountFiles(stopped.home).put([account("bay-1"), account("bay-2")])
    given_before = [account(name, password=None, version="") for name in ("bay-1", "bay-2")]
    write_accounts(stopped.home, [*given_before, camera("SN1")])
    stopped.start()
    assert stopped.lets_in(account("bay-1"))
    assert stopped.accounts.compare([*given_before, camera("SN1")]) == AccountDrift()
    stopped.accounts.put([replace(given_before[0], enabled=False)])
    stopped.accounts.put([given_before[0]])
    assert stopped.lets_in(account("bay-1"))
    stopped.accounts.put([account("bay-1", password="at last a new one", version="1")])
    assert not stopped.lets_in(account("bay-1"))


def test_a_device_whose_password_is_lost_is_logged(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    write_backend_account(home, "ours")
    write_accounts(home, [account("bay-1", password=None, version="")])
    assert names(home) == ["backend"]
    assert "bay-1 needs a new password" in caplog.text


def test_the_backends_new_password_leaves_the_devices_as_they_are(home: Home) -> None:
    write_backend_account(home, "ours")
    write_accounts(home, ACCOUNTS)
    before = json.loads(accounts_file(home).read_text())
    write_backend_account(home, "ours")
    assert json.loads(accounts_file(home).read_text()) == before
    write_backend_account(home, "another")
    after = json.loads(accounts_file(home).read_text())
    assert after["clients"][0] != before["clients"][0]
    assert after["clients"][1:] == before["clients"][1:]


def test_a_hash_written_by_a_newer_broker_is_kept(home: Home) -> None:
    write_backend_account(home, "ours")
    write_accounts(home, ACCOUNTS)
    document = json.loads(accounts_file(home).read_text())
    newer = {"username": "bay-1", "textdescription": "1", "encoded_password": "$argon2id$v=19$x"}
    others = [said for said in document["clients"] if said["username"] != "bay-1"]
    accounts_file(home).write_text(json.dumps({**document, "clients": [newer, *others]}))
    write_backend_account(home, "ours")
    write_accounts(home, ACCOUNTS)
    assert "$argon2id$v=19$x" in accounts_file(home).read_text()


@pytest.mark.parametrize("text", ["", '{"clients": [', "[]", '{"clients": [{}], "roles": []}'])
def test_an_unreadable_file_is_moved_aside_and_recreated(stopped: BareBroker, text: str) -> None:
    accounts_file(stopped.home).write_text(text)
    stopped.start()
    with ControlConnection(stopped.url):
        pass  # the backend is let in
    assert accounts_file(stopped.home).with_suffix(".broken").read_text() == text


@pytest.mark.skipif(
    os.geteuid() != 0 or not has_user(), reason="only root runs the broker as another user"
)
def test_a_broker_that_cannot_read_its_file_is_reported(
    stopped: BareBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynsec_file, "_set_owner", lambda home: None)
    accounts_file(stopped.home).chmod(0o600)
    os.chown(accounts_file(stopped.home), 0, 0)
    stopped.start()
    with pytest.raises(BrokerError, match="cannot read its accounts file"):
        stopped.accounts.put([account("bay-1")])
    assert "cannot read its accounts file" in stopped.part.login_error()


def test_only_the_broker_can_read_the_file(home: Home) -> None:
    write_backend_account(home, "ours")
    write_accounts(home, ACCOUNTS)
    assert accounts_file(home).stat().st_mode & 0o077 == 0
    assert accounts_file(home).parent.stat().st_mode & 0o077 == 0
    assert "secret of bay-1" not in accounts_file(home).read_text()
