"""A start uses the operator's settings first, then what an earlier start stored."""

from pathlib import Path

import environ
import pytest

from config.appliance import runtime
from config.appliance.places import Home
from config.appliance.programs import web
from config.appliance.runtime import Choices, Plan, SettingError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def plan(home: Home, **environment: str) -> Plan:
    """The plan of a start with this environment on top of the stored values."""
    stored = runtime.read(home)
    return Plan.of(home, Choices({**stored, **environment}, stored))


def store(home: Home, current: Plan) -> None:
    runtime.write(home, current.stored_values("/sockets"))


def test_the_first_start_uses_its_own_database_and_broker(home: Home) -> None:
    current = plan(home)
    assert current.own_database
    assert current.own_broker
    assert current.web_address == "http://127.0.0.1:8000"


def test_stored_values_are_not_the_operators_choices(home: Home) -> None:
    store(home, plan(home))
    again = plan(home)
    assert again.own_database
    assert again.own_broker


def test_secrets_are_generated_once(home: Home) -> None:
    first = plan(home)
    store(home, first)
    assert plan(home).secrets == first.secrets
    assert len(set(first.secrets.values())) == len(first.secrets)


def test_the_master_key_has_32_bytes(home: Home) -> None:
    assert len(bytes.fromhex(plan(home).secrets["GATEHOUSE_MASTER_KEY"])) == 32


def test_an_external_database_is_used_and_not_stored(home: Home) -> None:
    store(home, plan(home))
    current = plan(home, DATABASE_URL="postgres://u@db/gates")
    assert not current.own_database
    assert "DATABASE_URL" not in current.stored_values("/sockets")
    assert current.environment("/sockets")["DATABASE_URL"] == "postgres://u@db/gates"


def test_a_public_address_is_used_and_not_stored(home: Home) -> None:
    current = plan(home, GATEHOUSE_PUBLIC_URL="https://gates.example.org")
    store(home, current)
    assert current.public_url == "https://gates.example.org"
    assert plan(home).public_url == "http://127.0.0.1:8000"


def test_another_port_changes_the_stored_addresses(home: Home) -> None:
    store(home, plan(home))
    current = plan(home, GATEHOUSE_PORT="8100", GATEHOUSE_MQTT_PORT="1899")
    environment = current.environment("/sockets")
    assert environment["GATEHOUSE_PUBLIC_URL"] == "http://127.0.0.1:8100"
    assert environment["GATEHOUSE_MQTT_DEVICES"] == "mqtt://127.0.0.1:1899"
    assert environment["MQTT_URL"].endswith("@127.0.0.1:18830")


def test_the_embedded_broker_has_one_listener_for_all(home: Home, monkeypatch) -> None:
    monkeypatch.setenv("GATEHOUSE_BROKER", "embedded")
    environment = plan(home, GATEHOUSE_MQTT_PORT="1899").environment("/sockets")
    assert environment["MQTT_URL"].endswith("@127.0.0.1:1899")


def test_a_key_in_the_environment_overrides_the_stored_one(home: Home) -> None:
    store(home, plan(home))
    own = "ab" * 32
    assert plan(home, GATEHOUSE_MASTER_KEY=own).environment("/s")["GATEHOUSE_MASTER_KEY"] == own


def test_a_server_on_all_addresses_is_reached_at_localhost(home: Home) -> None:
    current = plan(home, GATEHOUSE_BIND="0.0.0.0", GATEHOUSE_MQTT_BIND="::")  # noqa: S104
    assert current.web_address == "http://127.0.0.1:8000"
    assert current.stored_values("/sockets")["GATEHOUSE_MQTT_DEVICES"] == "mqtt://[::1]:1883"


def test_the_settings_parse_the_stored_database_address(home: Home) -> None:
    values = plan(home).stored_values("/var lib/gate#house")
    parsed = environ.Env.db_url_config(values["DATABASE_URL"])
    assert parsed["OPTIONS"] == {"host": "/var lib/gate#house"}
    assert parsed["USER"] == parsed["NAME"] == "gatehouse"
    assert parsed["PASSWORD"] == values["GATEHOUSE_DATABASE_PASSWORD"]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "８０"])
def test_an_invalid_port_is_reported_with_its_setting(home: Home, port: str) -> None:
    with pytest.raises(SettingError, match=f"GATEHOUSE_MQTT_PORT={port} is not a port"):
        plan(home, GATEHOUSE_MQTT_PORT=port)


def test_no_process_but_the_preparation_gets_the_login_of_the_tables_owner(home: Home) -> None:
    current = plan(
        home,
        DATABASE_URL="postgres://app:secret@db/gates",
        DATABASE_OWNER_URL="postgres://owner:secret@db/gates",
    )
    assert "owner" not in str(current.environment("/sockets"))
    assert current.choices.setting(runtime.OWNER_URL, "").startswith("postgres://owner:")


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("", ""),
        ("127.0.0.1", "127.0.0.1/32"),
        ("10.0.0.0/8, ::1", "10.0.0.0/8,::1/128"),
    ],
)
def test_trusted_proxies_are_addresses_and_networks(home: Home, text: str, passed: str) -> None:
    current = plan(home, GATEHOUSE_TRUSTED_PROXIES=text)
    assert current.trusted_proxies == passed
    command = web(current).command
    assert command[command.index("--forwarded-allow-ips") + 1] == passed


@pytest.mark.parametrize("text", ["*", "proxy.example.org", "10.0.0.0/33", "10.0.0.1/8"])
def test_a_proxy_that_is_no_address_is_refused(home: Home, text: str) -> None:
    with pytest.raises(SettingError, match="GATEHOUSE_TRUSTED_PROXIES"):
        plan(home, GATEHOUSE_TRUSTED_PROXIES=text)
